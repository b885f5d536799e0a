import type { Converter } from '../sklearn/converter.ts';
import { asNumber, scalarOf, unwrap, type Fitted, type Plain } from '../sklearn/fitted.ts';
import { encodedColumn, type Coding } from './encoded-column.ts';
import { listedMappings, replaced } from './frame-columns.ts';
import { seriesOf } from './pandas.ts';

/** Code of values that training did not know, and of missing values that it did not see. */
const UNKNOWN = -1;
const MISSING = -2;

/** The codes of one column: `codes[i]` belongs to `values[i]`. */
export interface OrdinalMapping {
  readonly values: readonly Plain[];
  readonly codes: readonly number[];
  readonly unknown: number;
  /** Code of missing values; undefined where they count as unknown. */
  readonly missing: number | undefined;
}

/** Numbers from 1 in the order of training; −1 or NaN for unknown values, −2 or NaN for missing ones. */
export const ordinalEncoder: Converter = {
  types: ['category_encoders.ordinal.OrdinalEncoder'],
  became: 'category codes',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('mapping').length} columns, handle_unknown=${strategy(fitted, 'handle_unknown')}`,

  transform(fitted, input) {
    const mappings = ordinalMappings(fitted);
    return replaced(fitted, input, (column, at) => {
      const mapping = mappings.get(column);
      if (!mapping) throw fitted.wrong('mapping', `an entry for ${column}`);
      const value = encodedColumn(fitted, input, at, {
        ...codingOf(fitted, mapping, (code) => [code]),
        closed: strategy(fitted, 'handle_unknown') === 'error',
      });
      return { value, names: [column] };
    });
  },
};

/** How a strategy of this library is called; numbers and functions of later versions are refused. */
export function strategy(fitted: Fitted, name: 'handle_unknown' | 'handle_missing'): string {
  const choice = unwrap(fitted.raw(name));
  if (choice === undefined) return 'value';
  if (typeof choice === 'string') return choice;
  throw fitted.unsupported(
    `${name} that is a number or a function`,
    `Use ${name}='value', 'return_nan' or 'error' and train again.`,
  );
}

/** Codes of each column of an OrdinalEncoder. */
export function ordinalMappings(fitted: Fitted): Map<string, OrdinalMapping> {
  const unknown = strategy(fitted, 'handle_unknown') === 'value' ? UNKNOWN : NaN;
  const missingIsNaN = strategy(fitted, 'handle_missing') === 'return_nan';
  const found = new Map<string, OrdinalMapping>();
  for (const [column, mapping] of listedMappings(fitted)) {
    const series = seriesOf(mapping);
    if (!series) throw fitted.wrong('mapping', 'pandas Series of codes');
    const codes = series.values.map((code) => {
      const number = asNumber(code) ?? NaN;
      return missingIsNaN && number === MISSING ? NaN : number;
    });
    const at = series.index.findIndex((label) => scalarOf(label) === null);
    found.set(column, { values: series.index, codes, unknown, missing: at < 0 ? undefined : codes[at] });
  }
  return found;
}

/** What becomes of a column by its codes. `present`: `handle_missing='error'`. */
export function codingOf(
  fitted: Fitted,
  { values, codes, unknown, missing }: OrdinalMapping,
  rowOf: (code: number) => readonly number[],
): Coding {
  return {
    values,
    row: (i) => rowOf(codes[i] as number),
    unknown: rowOf(unknown),
    missing: missing === undefined ? undefined : rowOf(missing),
    closed: strategy(fitted, 'handle_unknown') === 'error',
    present: strategy(fitted, 'handle_missing') === 'error',
  };
}
