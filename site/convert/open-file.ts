import { fail } from '@slipway/core/errors';
import { readableSize } from '@slipway/core/formats';
import type { Source } from '@slipway/core/importers';
import { checkPath, portableSha256 } from '@slipway/core/package';
import { limits } from './limits.ts';
import type { Picked, PickedFile } from './messages.ts';

/** A source and what identifies it, as the command line says it. */
export interface OpenedFile {
  readonly source: Source;
  readonly size: number;
  /** Of the bytes; of a folder: of its sorted lines `sha256  path`. */
  readonly sha256: string;
}

/** Opens what was dropped. Only workers can: they read files synchronously. Members of a folder are read when they are needed. */
export function openFile({ name, isFolder, files }: Picked): OpenedFile {
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  if (size > limits.inputBytes) {
    throw fail(
      'LIMIT_EXCEEDED',
      { format: isFolder ? 'folder' : 'file', what: 'its size', limit: readableSize(limits.inputBytes) },
      { hint: 'A browser tab has little memory. Convert it with the command line: npx slipway import FILE.' },
    );
  }
  const [first] = files;
  if (!first) throw fail('UNKNOWN_FORMAT', { problem: 'the folder holds no files.' });
  if (!isFolder) {
    const bytes = readBytes(first);
    return { source: { name, bytes }, size, sha256: portableSha256(bytes) };
  }
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path } of sorted) checkPath(path);
  const lines = sorted.map((file) => `${portableSha256(readBytes(file))}  ${file.path}\n`);
  const members = new Map(sorted.map((file) => [file.path, () => readBytes(file)]));
  const sha256 = portableSha256(new TextEncoder().encode(lines.join('')));
  return { source: { name, bytes: undefined, files: members }, size, sha256 };
}

function readBytes({ file, path }: PickedFile): Uint8Array {
  try {
    const content = new FileReaderSync().readAsArrayBuffer(file);
    return new Uint8Array(content);
  } catch (cause) {
    const hint = 'The browser could not read it: it was moved, changed, or is a folder. Drop it again.';
    throw fail('FILE_NOT_FOUND', { path }, { cause, hint });
  }
}
