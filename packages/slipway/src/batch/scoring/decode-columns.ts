import { SlipwayError } from '@slipway/core/errors';
import { decodeColumns, type ColumnData, type Decoded, type Rows } from '@slipway/core/signature';
import type { InputFile } from '../inputs/input-file.ts';
import { timeOf } from '../sinks/values.ts';
import type { Columns } from '../sources/index.ts';
import type { Where } from '../where.ts';
import type { DecodedRows, Told } from './decoded.ts';
import { inFile } from './decode-text.ts';
import { gather } from './gather.ts';

export interface ColumnsOptions {
  readonly rows: Rows;
  readonly keep: readonly string[];
  readonly where: Where | undefined;
  readonly onError: 'stop' | 'reject';
  readonly told: Told;
  readonly file: InputFile;
  /** Number in the file of the first row. */
  readonly firstRow: number;
  /** Column of the file for each column of the model that has another name there. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Rows that are decoded and answered together. */
const BATCH_ROWS = 8192;

/** Rows of columns: straight into the columns that the graph takes, without rows in between. */
export function* decodeTable(table: Columns, options: ColumnsOptions): Generator<DecodedRows> {
  const { rows, keep, where, told, file, renamed } = options;
  const chosen = where && chosenRows(table, where, file);
  if (chosen) told.filter(table.count - chosen.length);
  const count = chosen ? chosen.length : table.count;
  const pick = (values: ArrayLike<unknown>) =>
    chosen && chosen.length < table.count ? gather(values, chosen) : values;
  const constants = new Map(file.partitions);
  const columns = new Map<string, ColumnData>();
  for (const { name, isString } of rows.layout?.cells ?? []) {
    const values = table.columns.get(renamed.get(name) ?? name);
    const constant = constants.get(name);
    if (values) columns.set(name, { values: isString ? withTimes(pick(values)) : pick(values), offset: 0, stride: 1 });
    else if (constant !== undefined) columns.set(name, { values: [valueOf(constant, isString)], offset: 0, stride: 0 });
  }
  const kept = keep.map((name): ArrayLike<unknown> => {
    const constant = constants.get(name);
    if (constant !== undefined) return Array.from({ length: count }, () => constant);
    return pick(table.columns.get(name) ?? []);
  });
  const numberOf = (row: number) => options.firstRow + (chosen ? (chosen[row] as number) : row);
  try {
    // A column that is missing is no matter of rows.
    decodeColumns(rows, columns, 0, { extra: 'ignore' });
    for (let start = 0; start < count; start += BATCH_ROWS) {
      const end = Math.min(count, start + BATCH_ROWS);
      yield* decodeBatch(rows, columns, kept, start, end, numberOf, options);
    }
  } catch (error) {
    throw error instanceof SlipwayError ? inFile(error, file.name) : error;
  }
}

function* decodeBatch(
  rows: Rows,
  columns: ReadonlyMap<string, ColumnData>,
  kept: readonly ArrayLike<unknown>[],
  start: number,
  end: number,
  numberOf: (row: number) => number,
  { onError, told }: ColumnsOptions,
): Generator<DecodedRows> {
  const part = (from: number, count: number): Decoded =>
    decodeColumns(rows, shifted(columns, from), count, { extra: 'ignore' });
  const slices = () => kept.map((values) => slice(values, start, end));
  try {
    const { count, tensors, warnings } = part(start, end - start);
    yield { count, tensors, warnings, kept: slices() };
    return;
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'INVALID_INPUT') throw error;
    if (onError === 'stop') throw renumbered(error, (row) => numberOf(start + row));
  }
  // Some row is bad: each is tried by itself, and the good ones go on together.
  const good: number[] = [];
  for (let row = start; row < end; row++) {
    try {
      part(row, 1);
      good.push(row);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      told.reject(
        { row: numberOf(row) },
        renumbered(error, () => numberOf(row)),
      );
    }
  }
  if (good.length === 0) return;
  const left = new Map(
    [...columns].map(([name, { values, offset, stride }]): [string, ColumnData] => [
      name,
      { values: good.map((row) => values[offset + row * stride]), offset: 0, stride: 1 },
    ]),
  );
  const { count, tensors, warnings } = decodeColumns(rows, left, good.length, { extra: 'ignore' });
  yield { count, tensors, warnings, kept: kept.map((values) => gather(values, good)) };
}

function shifted(columns: ReadonlyMap<string, ColumnData>, from: number): Map<string, ColumnData> {
  return new Map(
    [...columns].map(([name, { values, offset, stride }]) => [
      name,
      { values, offset: offset + from * stride, stride },
    ]),
  );
}

function slice(values: ArrayLike<unknown>, start: number, end: number): ArrayLike<unknown> {
  if (start === 0 && end === values.length) return values;
  if (values instanceof Float64Array) return values.subarray(start, end);
  const found: unknown[] = new Array<unknown>(end - start);
  for (let i = 0; i < found.length; i++) found[i] = values[start + i];
  return found;
}

function chosenRows({ count, columns }: Columns, where: Where, { partitions }: InputFile): number[] {
  const constants = new Map(partitions);
  const chosen: number[] = [];
  let row = 0;
  const get = (name: string): unknown => constants.get(name) ?? columns.get(name)?.[row];
  for (; row < count; row++) if (where.test(get)) chosen.push(row);
  return chosen;
}

/** Texts of times, where a column holds times. */
function withTimes(values: ArrayLike<unknown>): ArrayLike<unknown> {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value instanceof Date) return Array.from(values, (one) => (one instanceof Date ? timeOf(one) : one));
    if (value !== null && value !== undefined) return values;
  }
  return values;
}

function valueOf(text: string, isString: boolean): unknown {
  return isString || text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

/** Row numbers of the file instead of those of a part. */
function renumbered({ code, message, hint, errors }: SlipwayError, numberOf: (row: number) => number): SlipwayError {
  const text = (given: string) =>
    given.replaceAll(/rows\[(\d+)\]/g, (_, row: string) => `rows[${numberOf(Number(row))}]`);
  const told = errors?.map((error) => ({ ...error, path: text(error.path) }));
  return new SlipwayError(code, text(message), hint, told ? { errors: told } : {});
}
