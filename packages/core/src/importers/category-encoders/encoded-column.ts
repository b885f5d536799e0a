import { ops, type Value } from '../../ir/index.ts';
import type { Features } from '../model/features.ts';
import { codeOf, knownValues } from '../sklearn/preprocessing/categories.ts';
import type { Fitted, Plain } from '../sklearn/fitted.ts';

/** What becomes of one column: a row of numbers for each known value, and for all others. */
export interface Coding {
  readonly values: readonly Plain[];
  /** Numbers for the i-th value. */
  readonly row: (i: number) => readonly number[];
  readonly unknown: readonly number[];
  /** For missing values, where they are not among the known ones; like unknown ones when left out. */
  readonly missing?: readonly number[] | undefined;
  /** Unknown values are refused. */
  readonly closed: boolean;
  /** Missing values are refused. */
  readonly present: boolean;
}

/** One column of the input, encoded: `[N, width of the rows]`. */
export function encodedColumn(fitted: Fitted, input: Features, at: number, coding: Coding): Value {
  const { values, unknown, missing, closed, present } = coding;
  const known = knownValues(values, fitted, at);
  const addsMissing = missing !== undefined && !known.keys.includes(null);
  const keys = addsMissing ? [...known.keys, null] : known.keys;
  const rows = values.map((_, i) => coding.row(i));
  if (addsMissing) rows.push(missing);
  rows.push(unknown);
  const width = unknown.length;
  if (rows.some((row) => row.length !== width)) throw fitted.wrong('mapping', `rows of ${width} numbers`);
  const code = codeOf(
    input,
    at,
    { ...known, keys },
    { codes: keys.map((_, i) => i), unknown: keys.length, closed, present },
  );
  return ops.tableRow(code, Float64Array.from(rows.flat()), width);
}
