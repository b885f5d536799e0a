import { invalid, pageToken, parsePageToken, type Clause, type Position } from '../mlflow-api/index.ts';
import type { Cell, Row } from '../stores/index.ts';
import { marks } from './context.ts';

/** A piece of SQL with its values. */
export interface Sql {
  readonly sql: string;
  readonly values: readonly Cell[];
}

/** One expression that rows are ordered by. */
export interface Key {
  readonly sql: string;
  readonly ascending: boolean;
}

/** `column = ?` and its like. Rows where the column is NULL never match. */
export function compare(column: string, { comparator, value }: Pick<Clause, 'comparator' | 'value'>): Sql {
  if (Array.isArray(value))
    return { sql: `${column} ${comparator} (${marks(value.length)})`, values: value as string[] };
  const single = value as string | number;
  if (comparator === 'ILIKE') return { sql: `lower(${column}) LIKE lower(?)`, values: [single] };
  if (comparator === 'IN' || comparator === 'NOT IN')
    throw invalid(`The comparator ${comparator} needs a list of quoted string values.`);
  return { sql: `${column} ${comparator} ?`, values: [single] };
}

export function orderSql(keys: readonly Key[]): string {
  return keys.map(({ sql, ascending }) => `${sql}${ascending ? '' : ' DESC'}`).join(', ');
}

/** Rows after a position, in the order of the keys. */
export function afterSql(keys: readonly Key[], position: Position | undefined): Sql | undefined {
  if (!position) return undefined;
  const values: Cell[] = [];
  const ways = keys.map(({ sql, ascending }, i) => {
    const same = keys.slice(0, i).map((key, j) => {
      values.push(position[j] ?? null);
      return `${key.sql} IS ?`;
    });
    values.push(position[i] ?? null);
    return `(${[...same, `${sql} ${ascending ? '>' : '<'} ?`].join(' AND ')})`;
  });
  const [first] = keys;
  const [at] = position;
  // Says no more than the rest, but an index can begin there.
  const bound = first && at !== null && at !== undefined ? `${first.sql} ${first.ascending ? '>=' : '<='} ? AND ` : '';
  return { sql: `${bound}(${ways.join(' OR ')})`, values: bound === '' ? values : [at as Cell, ...values] };
}

/** Columns `key0`, `key1`, … with what a row is ordered by; the first ones may be fixed. */
export function keyColumns(keys: readonly Key[], fixed: readonly string[] = []): string {
  return keys.map(({ sql }, i) => `${fixed[i] ?? sql} AS key${i}`).join(', ');
}

/** Cuts one row more than was asked for, and makes the token of the next page. */
export function page(
  rows: readonly Row[],
  most: number,
  keys: readonly Key[],
): { rows: readonly Row[]; token?: string } {
  if (rows.length <= most) return { rows };
  const last = rows[most - 1] as Row;
  const position = keys.map((_, i) => {
    const value = last[`key${i}`] ?? null;
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  });
  return { rows: rows.slice(0, most), token: pageToken(position) };
}

export function positionOf(token: string | undefined, keys: readonly Key[]): Position | undefined {
  return parsePageToken(token, keys.length);
}

/** Several conditions at once. */
export function joinAnd(list: readonly (Sql | undefined)[]): Sql {
  const all = list.filter((one) => one !== undefined);
  return { sql: all.map(({ sql }) => `(${sql})`).join(' AND '), values: all.flatMap(({ values }) => values) };
}
