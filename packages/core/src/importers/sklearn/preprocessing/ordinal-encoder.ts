import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { asNumber, PyDict, type Fitted } from '../fitted.ts';
import { categoriesOf, codeOf, type KnownValues } from './categories.ts';
import { infrequentMapping } from './one-hot-encoder.ts';

/**
 * The position of each category, as a number.
 *
 * Unknown values: refused, or `unknown_value`. A missing value that training saw becomes `encoded_missing_value`;
 * infrequent categories share one position. 0.24 refuses missing values.
 */
export const ordinalEncoder: Converter = {
  types: ['sklearn.preprocessing._encoders.OrdinalEncoder'],
  became: 'category codes',
  exactness: 'bit-exact',
  state: (fitted) =>
    `${fitted.list('categories_').length} columns, handle_unknown=${fitted.text('handle_unknown', 'error')}`,

  transform(fitted, input) {
    const missing = missingPositions(fitted);
    const closed = fitted.text('handle_unknown', 'error') === 'error';
    const unknown = closed ? NaN : fitted.number('unknown_value');
    const columns = categoriesOf(fitted, input.width).map((known, at) => {
      const values = [...positions(fitted, known, at, missing.get(at)), unknown];
      const slot = codeOf(input, at, known, {
        codes: known.keys.map((_, i) => i),
        unknown: known.keys.length,
        closed,
        present: !fitted.since(1, 0),
      });
      return ops.tableRow(slot, Float64Array.from(values), 1);
    });
    return new Features([ops.concat(columns)], input.names);
  },
};

/** Output number of each category. */
function positions(fitted: Fitted, known: KnownValues, at: number, missing: number | undefined): number[] {
  const grouped = infrequentMapping(fitted, at);
  return known.keys.map((_, i) => {
    if (i === missing) return fitted.has('encoded_missing_value') ? fitted.number('encoded_missing_value') : NaN;
    return grouped?.[i] ?? i;
  });
}

/** Where NaN stands among the categories of a column. */
function missingPositions(fitted: Fitted): Map<number, number> {
  const found = new Map<number, number>();
  const dict = fitted.raw('_missing_indices');
  if (dict instanceof PyDict) {
    for (const [column, position] of dict.entries()) found.set(asNumber(column) ?? -1, asNumber(position) ?? -1);
  }
  return found;
}
