import { statSync } from 'node:fs';
import { fail } from '@slipway/core/errors';
import type { Compression, Format } from '../format.ts';

/** One file or table that a job reads. */
export interface InputFile {
  /** Where its bytes lie on this machine. */
  readonly path: string;
  /** As the user knows it: relative to what was asked for, with `/`. */
  readonly name: string;
  readonly format: Format;
  readonly compression: Compression;
  /** SQLite: the table. */
  readonly table: string | undefined;
  /** `year=2026/month=01` in the path: columns with the same value in every row. */
  readonly partitions: readonly (readonly [name: string, value: string])[];
  readonly size: number;
  /** When it was last changed, in nanoseconds since the epoch. */
  readonly changed: string;
}

/** INPUT_CHANGED when the file is not the one that was found at first, FILE_NOT_FOUND when it is gone. */
export function checkUnchanged(file: Pick<InputFile, 'path' | 'name' | 'size' | 'changed'>): void {
  const now = stampOf(file.path, file.name);
  if (now.size === file.size && now.changed === file.changed) return;
  const what = now.size === file.size ? 'its time of change' : `its size was ${file.size} bytes and is ${now.size}`;
  throw fail('INPUT_CHANGED', { path: file.name, problem: `it was changed since the job began (${what}).` });
}

/** Size and time of change. */
export function stampOf(path: string, name: string): { readonly size: number; readonly changed: string } {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stat) throw fail('FILE_NOT_FOUND', { path: name });
  return { size: Number(stat.size), changed: String(stat.mtimeNs) };
}
