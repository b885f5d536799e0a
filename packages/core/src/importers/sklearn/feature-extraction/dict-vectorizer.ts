import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { PyGlobal, type Fitted } from '../fitted.ts';

/**
 * One column for each number, and one of 0.0 and 1.0 for each `name=value` that training saw; other values are zeros.
 *
 * The names say which columns a row has: what stands before the separator is a column of text.
 */
export const dictVectorizer: Converter = {
  types: ['sklearn.feature_extraction._dict_vectorizer.DictVectorizer'],
  became: 'category codes, compared; numbers as they are',
  exactness: 'bit-exact',
  sparse: (fitted) => fitted.flag('sparse', true),
  state: (fitted) => `${namesOf(fitted).length} columns`,

  columns(fitted) {
    const names = [...sourcesOf(fitted).keys()];
    return { names, count: names.length, text: false };
  },

  transform(fitted, input) {
    const names = namesOf(fitted);
    const order = new Map<string, number>();
    const blocks: Value[] = [];
    let width = 0;
    for (const [column, values] of sourcesOf(fitted)) {
      const at = input.indexOf(column);
      if (at < 0) throw fitted.wrong('feature_names_', `columns that a row has (there is no ${column})`);
      if (values.length) blocks.push(indicators(input.text(at), values));
      else blocks.push(input.number(at));
      (values.length ? values.map((value) => column + separatorOf(fitted) + value) : [column]).forEach((name) =>
        order.set(name, width++),
      );
    }
    const joined = ops.select(
      ops.concat(blocks),
      names.map((name) => order.get(name) as number),
    );
    return new Features([isSingle(fitted) ? ops.cast(ops.cast(joined, 'float32'), 'float64') : joined], names);
  },
};

function indicators(text: Value, values: readonly string[]): Value {
  const codes = values.map((_, code) => code);
  return ops.indicator(ops.codes(text, { keys: values, codes, unknown: -1, closed: false, booleans: false }), codes);
}

/** The columns of a row in the order in which their features first appear, with the values of those that hold text. */
function sourcesOf(fitted: Fitted): Map<string, string[]> {
  const separator = separatorOf(fitted);
  const sources = new Map<string, string[]>();
  const numbers = new Set<string>();
  for (const name of namesOf(fitted)) {
    const at = separator ? name.indexOf(separator) : -1;
    const column = at < 0 ? name : name.slice(0, at);
    const values = sources.get(column) ?? [];
    if (at < 0) numbers.add(column);
    else values.push(name.slice(at + separator.length));
    sources.set(column, values);
    if (numbers.has(column) && values.length)
      throw fitted.unsupported(
        `the feature "${column}" with both numbers and texts`,
        'Convert it to one type and train again.',
      );
  }
  return sources;
}

function namesOf(fitted: Fitted): readonly string[] {
  const names = fitted.strings('feature_names_');
  if (!names?.length || new Set(names).size !== names.length)
    throw fitted.wrong('feature_names_', 'different names of features');
  return names;
}

function separatorOf(fitted: Fitted): string {
  return fitted.text('separator', '=');
}

function isSingle(fitted: Fitted): boolean {
  const dtype = fitted.raw('dtype');
  return dtype instanceof PyGlobal && dtype.name === 'float32';
}
