/** A value of a row in the database. Times are ISO 8601 text in UTC, structured values JSON text. */
export type Cell = string | number | bigint | null | Uint8Array;
export type Row = Readonly<Record<string, Cell>>;

export interface Statement {
  /** SQL that SQLite and PostgreSQL share, with `?` for each parameter. */
  readonly sql: string;
  readonly values?: readonly Cell[] | undefined;
}

/**
 * Rows in a database. There are no transactions that wait for their caller: what belongs together is written as one list of
 * statements, so locks are short whatever the caller does.
 */
export interface RowStore {
  read(sql: string, values?: readonly Cell[]): Promise<readonly Row[]>;
  /** All statements or none, in one transaction that locks for writing from its start. Gives the rows of each statement. */
  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /** A number that differs after any process changed the database. Fails when the database is away. */
  dataVersion(): Promise<number>;
  close(): Promise<void>;
}
