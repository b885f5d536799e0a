import { globSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '@slipway/core/errors';
import { checkScheme, formatOf, tableOf } from '../format.ts';
import { stampOf, type InputFile } from './input-file.ts';

/**
 * The files that a word means, in the order of their names: a file, a folder with everything in it, a pattern such as
 * `in/*.csv`, or a table. Names that begin with a dot or an underscore are passed by, as other tools do.
 */
export function findInputs(word: string): InputFile[] {
  checkScheme(word);
  const table = tableOf(word);
  if (table) {
    const path = resolve(table.path);
    const name = `${table.path}#${table.table}`;
    return [
      {
        path,
        name,
        format: 'sqlite',
        compression: 'none',
        table: table.table,
        partitions: [],
        ...stampOf(path, table.path),
      },
    ];
  }
  const place = /^file:/i.test(word) ? fileURLToPath(word) : word;
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat?.isFile()) return [describe(place, basename(place))];
  const { base, paths } = stat?.isDirectory() ? inFolder(place) : matching(place);
  const files = paths
    .map((path) => ({ path, name: relative(base, path).split(sep).join('/') }))
    .filter(({ name }) => !name.split('/').some((part) => /^[._]/.test(part)) && formatOf(name) !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (files.length === 0) {
    if (!stat && !/[*?[{]/.test(place)) throw fail('FILE_NOT_FOUND', { path: place });
    throw fail(
      'FILE_NOT_FOUND',
      { path: place },
      { hint: 'Nothing there ends in .csv, .jsonl, .parquet or .arrow (CSV and JSON lines also with .gz or .zst).' },
    );
  }
  return files.map(({ path, name }) => describe(path, name));
}

function inFolder(folder: string): { readonly base: string; readonly paths: string[] } {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).filter(isFile);
  return { base: folder, paths };
}

function matching(pattern: string): { readonly base: string; readonly paths: string[] } {
  const parts = pattern.split(/[\\/]/);
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  const base = parts.slice(0, Math.max(0, first)).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const paths = globSync(pattern).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  return { base, paths };
}

function describe(path: string, name: string): InputFile {
  const kind = formatOf(name);
  if (!kind) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: JSON.stringify(name),
      why: 'its name does not tell its format.',
      advice: 'Name it .csv, .jsonl, .parquet or .arrow, or give a SQLite table as sqlite:FILE.db#TABLE.',
    });
  }
  if (kind.compression !== 'none' && kind.format !== 'csv' && kind.format !== 'jsonl') {
    throw fail('UNSUPPORTED_FORMAT', {
      what: JSON.stringify(name),
      why: 'a compressed file can only be read from its beginning, and this format is read from its end.',
      advice: 'Unpack it first; Parquet files are compressed inside.',
    });
  }
  const partitions = name
    .split('/')
    .slice(0, -1)
    .flatMap((part): [string, string][] => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(part) ?? [];
      return key === undefined || value === undefined ? [] : [[decoded(key), decoded(value)]];
    });
  return { path: resolve(path), name, ...kind, table: undefined, partitions, ...stampOf(path, name) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
