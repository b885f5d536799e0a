import { DatabaseSync } from 'node:sqlite';
import { fail } from '@slipway/core/errors';
import type { InputFile } from '../inputs/input-file.ts';
import type { Columns, Cut, Piece, PieceSize, Place, Source, ValueType } from './source.ts';

/** Below every row id. */
const START = '-9223372036854775808';

/** A table of a SQLite database, by the order of its row ids. */
export const sqlite: Source = {
  // oxlint-disable-next-line typescript/require-await -- the port is asynchronous, this source is not
  async *cut(file: InputFile, from: Place | undefined, first: number, size: PieceSize): AsyncGenerator<Cut> {
    using database = open(file);
    const table = quoted(tableIn(database, file));
    const count = Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] ?? 0);
    let index = first;
    let after = String(from?.['after'] ?? START);
    let row = Number(from?.['row'] ?? 0);
    const found = database.prepare(
      `SELECT max(id) AS last, count(*) AS n FROM (SELECT rowid AS id FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${Math.ceil(size.rows / 4)})`,
    );
    found.setReadBigInts(true);
    while (true) {
      const { last, n } = found.get(BigInt(after)) ?? {};
      if (typeof last !== 'bigint') break;
      const piece: Piece = { index: index++, file, kind: 'table', after, upTo: String(last), from: row };
      after = String(last);
      row += Number(n);
      yield { piece, share: Math.min(1, row / count), next: { after, row } };
    }
    if (index === first && from === undefined) {
      const piece: Piece = { index, file, kind: 'table', after: START, upTo: START, from: 0 };
      yield { piece, share: 1, next: { after: START, row: 0 } };
    }
  },

  // oxlint-disable-next-line typescript/require-await -- the port is asynchronous, this source is not
  async types(file) {
    using database = open(file);
    const columns = database.prepare(`PRAGMA table_info(${quoted(tableIn(database, file))})`).all();
    return new Map(columns.map(({ name, type }) => [String(name), typeOf(String(type))]));
  },

  // oxlint-disable-next-line typescript/require-await -- the port is asynchronous, this source is not
  async read(piece, names): Promise<Columns> {
    if (piece.kind !== 'table') throw new Error('a table is read by row ids');
    using database = open(piece.file);
    const table = tableIn(database, piece.file);
    const there = database.prepare(`PRAGMA table_info(${quoted(table)})`).all();
    const wanted = there.map(({ name }) => String(name)).filter((name) => names.has(name));
    const list = wanted.length === 0 ? '1' : wanted.map(quoted).join(', ');
    const rows = database.prepare(`SELECT ${list} FROM ${quoted(table)} WHERE rowid > ? AND rowid <= ? ORDER BY rowid`);
    rows.setReadBigInts(true);
    rows.setReturnArrays(true);
    const columns = wanted.map((): unknown[] => []);
    let count = 0;
    for (const row of rows.iterate(BigInt(piece.after), BigInt(piece.upTo)) as Iterable<unknown>) {
      const cells = row as readonly unknown[];
      for (let i = 0; i < columns.length; i++) columns[i]?.push(cells[i]);
      count++;
    }
    return { count, columns: new Map(wanted.map((name, i) => [name, columns[i] as unknown[]])) };
  },
};

function open(file: InputFile): DatabaseSync {
  try {
    return new DatabaseSync(file.path, { readOnly: true });
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: file.name, problem: 'it is not a SQLite database' }, { cause });
  }
}

function tableIn(database: DatabaseSync, file: InputFile): string {
  let row: Record<string, unknown> | undefined;
  try {
    row = database.prepare(`SELECT name, type, sql FROM sqlite_master WHERE name = ?`).get(file.table ?? '');
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: file.name, problem: 'it is not a SQLite database' }, { cause });
  }
  if (!row) throw fail('FILE_NOT_FOUND', { path: file.name }, { hint: 'The database has no such table.' });
  if (row['type'] !== 'table' || /WITHOUT\s+ROWID\s*$/i.test(String(row['sql']))) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: file.name,
      why: 'it is a view or has no row ids, so it cannot be read in parts.',
      advice: 'Copy it to a table first: CREATE TABLE input AS SELECT … .',
    });
  }
  return String(row['name']);
}

/** A name as it stands in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** By the rules of column affinity. */
function typeOf(declared: string): ValueType {
  if (/INT/i.test(declared)) return 'int64';
  if (/CHAR|CLOB|TEXT/i.test(declared)) return 'string';
  return /REAL|FLOA|DOUB/i.test(declared) ? 'float64' : 'json';
}
