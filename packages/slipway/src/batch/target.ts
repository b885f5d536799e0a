import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '@slipway/core/errors';
import { checkScheme, formatOf, stemOf, tableOf, type Compression, type Format } from './format.ts';
import type { InputFile } from './inputs/input-file.ts';
import type { Report } from './report/report.ts';

/** Where the answers of a job go. */
export interface Target {
  /** `folder`: a file for each input. `file`: all in one. `table`: rows of a SQLite table. */
  readonly kind: 'folder' | 'file' | 'table';
  /** The folder, file or database. */
  readonly path: string;
  /** As the user wrote it. */
  readonly name: string;
  readonly format: Format;
  readonly compression: Compression;
  readonly table: string | undefined;
  /** Holds everything that is not finished; beside the target, so that a rename moves it there. */
  readonly work: string;
  readonly reportPath: string;
}

const extensions: Readonly<Record<Format, string>> = {
  csv: '.csv',
  jsonl: '.jsonl',
  parquet: '.parquet',
  arrow: '.arrow',
  sqlite: '.rows',
};

/** Reads `--output` and `--format`: a name with a known extension is a file, `FILE.db#TABLE` a table, anything else a folder. */
export function targetOf(word: string, format: Format | undefined, inputs: readonly InputFile[]): Target {
  checkScheme(word);
  if (/^https?:/i.test(word))
    throw usage(`${word} cannot be written to.`, 'Give a folder, a file, or sqlite:FILE.db#TABLE.');
  const table = tableOf(word);
  if (table) {
    const path = resolve(table.path);
    const stem = join(dirname(path), `${basename(path)}.${table.table.replaceAll(/[^\w.-]/g, '_')}`);
    return {
      kind: 'table',
      path,
      name: word,
      format: 'sqlite',
      compression: 'none',
      table: table.table,
      work: workOf(stem),
      reportPath: `${stem}.report.json`,
    };
  }
  const place = word.replace(/^file:(?:\/\/)?/i, '');
  const path = resolve(place);
  const named = formatOf(basename(path));
  const isFolder = /[\\/]$/.test(place) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (named && !isFolder) {
    if (format !== undefined && format !== named.format)
      throw usage(`${word} is named as ${named.format}, and --format says ${format}.`, 'Leave --format out.');
    if (named.compression === 'zstd')
      throw usage(
        `${word} cannot be written.`,
        'A zstd file made in parts is cut off by many readers; write .gz or .parquet.',
      );
    if (named.compression !== 'none' && named.format !== 'csv' && named.format !== 'jsonl')
      throw usage(
        `${word} cannot be compressed as a whole.`,
        'Parquet files are compressed inside; leave .gz or .zst out.',
      );
    return {
      kind: 'file',
      path,
      name: word,
      ...named,
      table: undefined,
      work: workOf(path),
      reportPath: `${path}.report.json`,
    };
  }
  const [first] = inputs;
  const own = format ?? (first?.format === 'sqlite' ? 'jsonl' : (first?.format ?? 'csv'));
  const reportPath = join(path, 'report.json');
  return {
    kind: 'folder',
    path,
    name: word,
    format: own,
    compression: 'none',
    table: undefined,
    work: workOf(path),
    reportPath,
  };
}

/** One output and the inputs whose answers it holds. */
export interface Output {
  /** Below the work folder and below the target folder. */
  readonly name: string;
  readonly inputs: readonly number[];
}

/** The files that are written. USAGE where two inputs would lead to one. */
export function outputsOf(target: Target, inputs: readonly InputFile[]): Output[] {
  if (target.kind !== 'folder') return [{ name: basename(target.path), inputs: inputs.map((_, i) => i) }];
  const seen = new Map<string, string>();
  return inputs.map(({ name, format }, i) => {
    const output = (format === 'sqlite' ? name.replaceAll(/[^\w.-]/g, '_') : stemOf(name)) + extensions[target.format];
    const other = seen.get(output);
    if (other !== undefined)
      throw usage(
        `${other} and ${name} would both be written to ${output}.`,
        'Score them into two folders, or into one file: --output FILE.',
      );
    seen.set(output, name);
    return { name: output, inputs: [i] };
  });
}

/** The report of the job that wrote the target; undefined where there is none. OUTPUT_EXISTS where something else is. */
export function checkTarget(target: Target): Report | undefined {
  const { kind, path, name, reportPath } = target;
  const report = readReport(reportPath);
  if (report || kind === 'table') return report;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (kind === 'folder' && !stat.isDirectory())
    throw fail('OUTPUT_EXISTS', { path: name, problem: 'it is a file, and a folder is needed.' });
  if (kind === 'folder' && readdirSync(path).length === 0) return undefined;
  throw fail('OUTPUT_EXISTS', {
    path: name,
    problem: 'there is something that no batch job wrote; it stays as it is.',
  });
}

function readReport(path: string): Report | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
    return typeof report.identity === 'string' && Array.isArray(report.outputs) ? report : undefined;
  } catch {
    return undefined;
  }
}

function workOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.slipway`);
}

function usage(problem: string, advice: string) {
  return fail('USAGE', { problem, advice });
}
