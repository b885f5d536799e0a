import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { asNumber, itemsOf, type Fitted } from '../fitted.ts';
import { categoriesOf, codeOf, type KnownValues } from './categories.ts';

/**
 * One column of 0.0 and 1.0 for each category.
 *
 * `drop` leaves a category out, infrequent categories share one column at the end. Unknown values: refused, all zeros,
 * or the infrequent column where there is one. NaN and None are categories of their own.
 */
export const oneHotEncoder: Converter = {
  types: ['sklearn.preprocessing._encoders.OneHotEncoder'],
  became: 'category codes, compared',
  exactness: 'bit-exact',
  sparse: (fitted) => (fitted.has('sparse_output') ? fitted.flag('sparse_output') : fitted.flag('sparse', true)),
  state: (fitted) =>
    `${fitted.list('categories_').length} columns, handle_unknown=${fitted.text('handle_unknown', 'error')}`,

  transform(fitted, input) {
    const dropped = droppedCodes(fitted);
    const toInfrequent = unknownIsInfrequent(fitted);
    const names: string[] = [];
    const blocks: Value[] = [];
    const silent: Value[] = [];
    categoriesOf(fitted, input.width).forEach((known, at) => {
      const grouping = group(fitted, known, at);
      const wanted = Array.from({ length: grouping.count }, (_, code) => code).filter((code) => code !== dropped[at]);
      for (const code of wanted) names.push(`${input.names?.[at] ?? `x${at}`}_${grouping.name(code)}`);
      const unknown = (toInfrequent ? grouping.infrequent : undefined) ?? -1;
      const closed = fitted.text('handle_unknown', 'error') === 'error';
      const code = codeOf(input, at, known, { codes: grouping.codes, unknown, closed });
      if (wanted.length) blocks.push(ops.indicator(code, wanted));
      else silent.push(code);
    });
    const [first, ...rest] = blocks;
    // A column whose only category is dropped gives nothing, and is checked all the same.
    const values = first ? [ops.alongside(first, silent), ...rest] : [];
    return new Features(values, input.names && !hasOwnNames(fitted) ? names : undefined);
  },
};

/** `handle_unknown='warn'` came with 1.6, and puts unknown values to the infrequent ones from 1.8 on. */
function unknownIsInfrequent(fitted: Fitted): boolean {
  const choice = fitted.text('handle_unknown', 'error');
  return choice === 'infrequent_if_exist' || (choice === 'warn' && fitted.since(1, 8));
}

/** Codes, after grouping, that have no column. Up to 1.1 `drop_idx_` holds them, later positions before grouping. */
function droppedCodes(fitted: Fitted): readonly (number | undefined)[] {
  const name = fitted.has('_drop_idx_after_grouping') ? '_drop_idx_after_grouping' : 'drop_idx_';
  return itemsOf(fitted.raw(name))?.map(asNumber) ?? [];
}

/** A function of the user makes the names of columns. */
function hasOwnNames(fitted: Fitted): boolean {
  return fitted.has('feature_name_combiner') && fitted.raw('feature_name_combiner') !== 'concat';
}

interface Grouping {
  /** Output code of each category. */
  readonly codes: readonly number[];
  /** How many output codes there are. */
  readonly count: number;
  /** Code shared by the infrequent categories, the last. */
  readonly infrequent: number | undefined;
  readonly name: (code: number) => string;
}

/** Codes after infrequent categories were put together. */
function group(fitted: Fitted, known: KnownValues, at: number): Grouping {
  const mapping = infrequentMapping(fitted, at);
  const codes = mapping ?? known.keys.map((_, i) => i);
  if (codes.length !== known.keys.length) throw fitted.wrong('_default_to_infrequent_mappings', 'a code per category');
  const count = codes.reduce((most, code) => Math.max(most, code + 1), 0);
  const infrequent = mapping ? count - 1 : undefined;
  return {
    codes,
    count,
    infrequent,
    name: (code) => (code === infrequent ? 'infrequent_sklearn' : (known.names[codes.indexOf(code)] as string)),
  };
}

/** Code of each category of a column in which some are infrequent; undefined for other columns. */
export function infrequentMapping(fitted: Fitted, at: number): readonly number[] | undefined {
  const mapping = itemsOf(itemsOf(fitted.raw('_default_to_infrequent_mappings'))?.[at]);
  return mapping?.map((code) => {
    const number = asNumber(code);
    if (number === undefined || !Number.isInteger(number) || number < 0 || number >= mapping.length)
      throw fitted.wrong('_default_to_infrequent_mappings', 'codes');
    return number;
  });
}
