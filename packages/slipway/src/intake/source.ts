import { createHash } from 'node:crypto';
import { lstatSync, openSync, readdirSync, closeSync, readSync, fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fail } from '@slipway/core/errors';
import { defaultLimits, readableSize } from '@slipway/core/formats/limits';
import type { Source } from '@slipway/core/importers';
import { checkPath } from '@slipway/core/package';
import { sha256Hex } from '../stores/index.ts';
import { companionsOf, stampOfFolder } from './companions.ts';

const most = { files: 10_000, depth: 20, bytes: defaultLimits.inputBytes };

/** A model file or folder on disk, identified by its content. */
export interface SourceFacts {
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly size: number;
  /** Of the bytes; of a folder: of its sorted lines `sha256  path`. */
  readonly sha256: string;
  /** What tells that files beside it have changed, for the cache. */
  readonly around?: string | undefined;
}

/** Says what lies at a path and hashes it, without holding it in memory. */
export async function identify(path: string): Promise<SourceFacts> {
  const stat = statOf(path);
  const name = nameOf(path);
  if (!stat.isDirectory())
    return { kind: 'file', name, size: stat.size, sha256: await hashFile(path), around: stampOfFolder(path) };
  const lines: string[] = [];
  let size = 0;
  for (const file of walkFolder(path)) {
    size += file.size;
    lines.push(`${await hashFile(file.path)}  ${file.relative}\n`);
  }
  return { kind: 'folder', name, size, sha256: sha256Hex(Buffer.from(lines.join(''))) };
}

/** Reads a model file whole, or lists a folder whose members are read when they are needed. */
export function readSource(path: string, name = nameOf(path)): Source {
  const files = new Map<string, () => Uint8Array>();
  if (!statOf(path).isDirectory()) {
    const bytes = readBytes(path);
    if (!path.toLowerCase().endsWith('.onnx')) return { name, bytes };
    for (const [relative, file] of companionsOf(path, bytes)) files.set(relative, () => readBytes(file));
    return { name, bytes, files };
  }
  for (const file of walkFolder(path)) files.set(file.relative, () => readBytes(file.path));
  return { name, bytes: undefined, files };
}

/** The bytes of a regular file within the limit, in memory of their own. */
export function readBytes(path: string): Uint8Array {
  const handle = openSync(path, 'r');
  try {
    const { size } = fstatSync(handle);
    if (size > most.bytes) throw tooLarge();
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const count = readSync(handle, bytes, at, Math.min(size - at, 2 ** 30), at);
      if (count === 0) return bytes.slice(0, at);
      at += count;
    }
    return bytes;
  } finally {
    closeSync(handle);
  }
}

function nameOf(path: string): string {
  return basename(resolve(path));
}

function statOf(path: string) {
  let stat = undefined;
  try {
    // A link that the user names is followed; links inside a folder are not.
    stat = lstatSync(path).isSymbolicLink() ? fstatOf(path) : lstatSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES') throw fail('FILE_NOT_FOUND', { path }, { cause, hint: 'You have no right to read it.' });
    throw fail('FILE_NOT_FOUND', { path }, { cause });
  }
  if (!stat.isFile() && !stat.isDirectory()) {
    throw fail('UNKNOWN_FORMAT', { problem: `"${path}" is neither a file nor a folder.` });
  }
  if (stat.isFile() && stat.size > most.bytes) throw tooLarge();
  return stat;
}

function fstatOf(path: string) {
  const handle = openSync(path, 'r');
  try {
    return fstatSync(handle);
  } finally {
    closeSync(handle);
  }
}

interface Member {
  readonly path: string;
  readonly relative: string;
  readonly size: number;
}

/** Regular files of a folder in sorted order; links are left out, so nothing outside is read. */
function walkFolder(root: string): Member[] {
  const found: Member[] = [];
  let bytes = 0;
  const enter = (folder: string, prefix: string, depth: number) => {
    if (depth > most.depth) throw fail('LIMIT_EXCEEDED', { format: 'folder', what: 'its depth', limit: most.depth });
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const relative = prefix + entry.name;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) enter(path, `${relative}/`, depth + 1);
      if (!entry.isFile()) continue;
      checkPath(relative);
      const { size } = lstatSync(path);
      bytes += size;
      found.push({ path, relative, size });
      if (found.length > most.files)
        throw fail('LIMIT_EXCEEDED', { format: 'folder', what: 'the number of files', limit: most.files });
      if (bytes > most.bytes) throw tooLarge();
    }
  };
  enter(root, '', 0);
  return found.toSorted((a, b) => (a.relative < b.relative ? -1 : 1));
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path);
  // One piece of memory for all of it, however large the file is.
  const buffer = new Uint8Array(Math.max(1, Math.min(2 ** 20, (await file.stat()).size)));
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
  }
}

function tooLarge() {
  return fail('LIMIT_EXCEEDED', { format: 'file', what: 'its size', limit: readableSize(most.bytes) });
}
