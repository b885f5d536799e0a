import { Features } from '../model/features.ts';
import type { Converter } from '../sklearn/converter.ts';
import { itemsOf, type Fitted, type PyObject } from '../sklearn/fitted.ts';

/** A transformer of some columns; its results take their place, new columns follow the one whose name they extend. */
export const transformerWrapper: Converter = {
  types: [
    'pycaret.internal.preprocess.transformers.TransformerWrapper',
    'pycaret.internal.preprocess.transformers.TransformerWrapperWithInverse',
  ],
  became: 'its transformer on some columns',
  exactness: 'bit-exact',
  state: (fitted) => inside(fitted).name,

  transform(fitted, input, context) {
    const names = input.names;
    if (!names)
      throw fitted.unsupported('a PyCaret step without column names', 'Save the whole pipeline with save_model.');
    const included = includedColumns(fitted, names);
    if (!included.length) return input;
    const positions = included.map((name) => names.indexOf(name));
    if (positions.includes(-1)) throw fitted.wrong('_include', 'columns that are there');
    const output = context.transform(inside(fitted), input.select(positions), 'transformer');
    const renamed = named(fitted, output, included);
    return included.length === names.length ? renamed : reordered(input, renamed, new Set(included));
  },
};

export function inside(fitted: Fitted): PyObject {
  return fitted.object_('transformer');
}

function includedColumns(fitted: Fitted, names: readonly string[]): readonly string[] {
  const include = itemsOf(fitted.raw('_include'));
  const excluded = new Set(itemsOf(fitted.raw('_exclude')) ?? []);
  if (include) return include.filter((name) => typeof name === 'string');
  return names.filter((name) => !excluded.has(name));
}

/** The transformer's own names; as many columns as before keep theirs. */
function named(fitted: Fitted, output: Features, included: readonly string[]): Features {
  if (output.names) return output;
  if (output.width === included.length) return output.renamed(included);
  throw fitted.unsupported(
    `${inside(fitted).name} on some of the columns, whose results have no names`,
    'Leave the step out of setup().',
  );
}

/** `_reorder_cols`: each old column that is left, then what its name begins, then what is new. */
function reordered(input: Features, output: Features, included: ReadonlySet<string>): Features {
  const before = input.names as readonly string[];
  const made = output.names as readonly string[];
  const order = new Set<string>();
  for (const name of before) {
    if (made.includes(name) || !included.has(name)) order.add(name);
    for (const column of made) if (column.startsWith(`${name}_`) && !before.includes(column)) order.add(column);
  }
  for (const column of made) order.add(column);
  const all = Features.join([output, input]);
  const joined = [...made, ...before];
  return all.select([...order].map((name) => joined.indexOf(name)));
}
