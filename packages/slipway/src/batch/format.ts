import { extname } from 'node:path';
import { fail } from '@slipway/core/errors';

/** Forms of a table, in and out. */
export type Format = 'csv' | 'jsonl' | 'parquet' | 'arrow' | 'sqlite';
export type Compression = 'none' | 'gzip' | 'zstd';

const byExtension: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
  '.pq': 'parquet',
  '.arrow': 'arrow',
  '.arrows': 'arrow',
  '.feather': 'arrow',
};
const compressions: Readonly<Record<string, Compression>> = { '.gz': 'gzip', '.zst': 'zstd' };

/** Format and compression by the end of a name; undefined where it tells no format. */
export function formatOf(name: string): { readonly format: Format; readonly compression: Compression } | undefined {
  const compression = compressions[extname(name).toLowerCase()] ?? 'none';
  const inner = compression === 'none' ? name : name.slice(0, -extname(name).length);
  const format = byExtension[extname(inner).toLowerCase()];
  return format && { format, compression };
}

/** The name without the extensions that {@link formatOf} reads. */
export function stemOf(name: string): string {
  const { compression } = formatOf(name) ?? { compression: 'none' };
  const inner = compression === 'none' ? name : name.slice(0, -extname(name).length);
  return inner.slice(0, inner.length - extname(inner).length);
}

/** `sqlite:customers.db#customers` or `customers.db#customers`: a table of a SQLite database. */
export function tableOf(word: string): { readonly path: string; readonly table: string } | undefined {
  const [, path, table] = /^(?:sqlite:(?:\/\/)?)?(.+\.(?:db|sqlite3?|s3db))#(.+)$/i.exec(word) ?? [];
  return path !== undefined && table !== undefined ? { path, table } : undefined;
}

/** Refuses places that this version does not reach. */
export function checkScheme(word: string): void {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(word) ?? [];
  if (scheme === undefined || scheme.length === 1 || /^(?:file|https?|sqlite)$/i.test(scheme)) return;
  const advice = /^(?:s3|gs|az|abfss?|hdfs)$/i.test(scheme)
    ? 'Copy the files to a local folder first, for example with the tool of that store.'
    : 'Export the table to Parquet or CSV first, or use a SQLite file: sqlite:FILE.db#TABLE.';
  throw fail('UNSUPPORTED_FORMAT', {
    what: `${scheme}: in a batch`,
    why: 'this version reads and writes local files and SQLite tables, and reads http: and https:.',
    advice,
  });
}
