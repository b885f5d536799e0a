import { closeSync, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { fail } from '@slipway/core/errors';
import type { Plan } from '../plan.ts';
import { quoted } from '../sources/sqlite.ts';
import type { ValueType } from '../sources/index.ts';

const types: Readonly<Record<ValueType, string>> = {
  string: 'TEXT',
  json: 'TEXT',
  timestamp: 'TEXT',
  float64: 'REAL',
  int32: 'INTEGER',
  int64: 'INTEGER',
  bool: 'INTEGER',
};
const READ_BYTES = 2 ** 20;

/**
 * Puts the answers into a table, in one transaction together with the mark of the job: however often it is tried, they are
 * there once. With a key, rows that are there already are replaced.
 */
export function fillTable(draft: string, run: string, { target, spec, options }: Plan): void {
  if (!existsSync(draft) || target.table === undefined) return;
  mkdirSync(dirname(target.path), { recursive: true });
  const { key } = options;
  const names = spec.columns.map(({ name }) => name);
  const table = quoted(target.table);
  using database = new DatabaseSync(target.path, { timeout: 15_000 });
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec('CREATE TABLE IF NOT EXISTS _slipway_batch (job TEXT PRIMARY KEY, at TEXT NOT NULL)');
    const isNew = database
      .prepare('INSERT INTO _slipway_batch (job, at) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(run, new Date().toISOString()).changes;
    if (Number(isNew) === 0) {
      database.exec('ROLLBACK');
      return;
    }
    const columns = spec.columns.map(({ name, type }) => `${quoted(name)} ${types[type]}`);
    const primary = key === undefined ? '' : `, PRIMARY KEY (${quoted(key)})`;
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')}${primary})`);
    const others = names.filter((name) => name !== key);
    const update =
      key === undefined
        ? ''
        : ` ON CONFLICT (${quoted(key)}) DO UPDATE SET ${others.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ')}`;
    const insert = database.prepare(
      `INSERT INTO ${table} (${names.map(quoted).join(', ')}) VALUES (${names.map(() => '?').join(', ')})${update}`,
    );
    for (const line of linesOf(draft)) insert.run(...(JSON.parse(line) as unknown[]).map(cellOf));
    database.exec('COMMIT');
  } catch (cause) {
    database.exec('ROLLBACK');
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw fail(
      'OUTPUT_EXISTS',
      { path: target.name, problem: `the table does not take the answers: ${problem}.` },
      { cause, hint: `It needs the columns ${names.join(', ')}${key === undefined ? '' : `, and a unique ${key}`}.` },
    );
  }
}

function cellOf(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : JSON.stringify(value);
}

function* linesOf(path: string): Generator<string> {
  const handle = openSync(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (
      let read = readSync(handle, buffer, 0, READ_BYTES, null);
      read > 0;
      read = readSync(handle, buffer, 0, READ_BYTES, null)
    ) {
      rest = Buffer.concat([rest, buffer.subarray(0, read)]);
      let start = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        yield rest.toString('utf8', start, end);
        start = end + 1;
      }
      rest = rest.subarray(start);
    }
  } finally {
    closeSync(handle);
  }
}
