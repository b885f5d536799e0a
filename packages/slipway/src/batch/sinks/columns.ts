import type { AnswerCell } from '@slipway/core/signature';
import type { Answered, OutputColumn } from './sink.ts';
import { textOf } from './values.ts';

/** The values of an output column; null is missing. */
export type Values = (string | number | bigint | boolean | Date | null)[] | Float64Array | Int32Array;

/** Collects the rows of a piece column by column. */
export class ColumnCollector {
  readonly #columns: readonly OutputColumn[];
  readonly #parts: Values[][];
  count = 0;

  constructor(columns: readonly OutputColumn[]) {
    this.#columns = columns;
    this.#parts = columns.map(() => []);
  }

  add({ count, kept, cells }: Answered): void {
    let [input, answer] = [0, 0];
    this.#columns.forEach((column, i) => {
      const values =
        column.from === 'input'
          ? keptValues(column, kept[input++] as ArrayLike<unknown>, count)
          : answerValues(column, cells[answer++] as AnswerCell, count);
      this.#parts[i]?.push(values);
    });
    this.count += count;
  }

  /** By output column. */
  finish(): Values[] {
    return this.#parts.map((parts, i) => joined(parts, (this.#columns[i] as OutputColumn).type, this.count));
  }
}

function answerValues({ type }: OutputColumn, cell: AnswerCell, count: number): Values {
  if (type === 'float64' && cell.kind === 'number') {
    const values = new Float64Array(count);
    for (let row = 0; row < count; row++) values[row] = cell.read(row);
    return values;
  }
  if (type === 'int32') {
    const values = new Int32Array(count);
    const read = cell.kind === 'choice' ? (row: number) => cell.values[cell.read(row)] : cell.read;
    for (let row = 0; row < count; row++) values[row] = Number(read(row));
    return values;
  }
  const read = cell.kind === 'choice' ? (row: number) => cell.values[cell.read(row)] ?? null : cell.read;
  const isText = type === 'string';
  return Array.from({ length: count }, (_, row) => {
    const value = read(row);
    return isText && value !== null ? String(value) : value;
  });
}

function keptValues({ type }: OutputColumn, values: ArrayLike<unknown>, count: number): Values {
  if (type === 'float64') {
    const result: (number | null)[] = [];
    for (let row = 0; row < count; row++) {
      const value = values[row];
      result.push(value === null || value === undefined || value === '' ? null : Number(value));
    }
    return result;
  }
  const convert = converters[type];
  const result: (string | number | bigint | boolean | Date | null)[] = [];
  for (let row = 0; row < count; row++) {
    const value = values[row];
    result.push(value === null || value === undefined ? null : convert(value));
  }
  return result;
}

const converters = {
  string: textOf,
  json: textOf,
  int32: Number,
  int64: (value: unknown) => (typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)))),
  bool: (value: unknown) => Boolean(value),
  timestamp: (value: unknown) => (value instanceof Date ? value : new Date(String(value))),
} as const;

function joined(parts: readonly Values[], type: OutputColumn['type'], count: number): Values {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  if (parts.length > 0 && parts.every((part) => part instanceof Float64Array))
    return typed(new Float64Array(count), parts);
  if (parts.length > 0 && parts.every((part) => part instanceof Int32Array)) return typed(new Int32Array(count), parts);
  if (parts.length === 0 && type === 'float64') return new Float64Array();
  const all: (string | number | bigint | boolean | Date | null)[] = [];
  for (const part of parts) for (let i = 0; i < part.length; i++) all.push(part[i] ?? null);
  return all;
}

function typed<T extends Float64Array | Int32Array>(all: T, parts: readonly T[]): T {
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
