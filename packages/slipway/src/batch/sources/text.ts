import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { fail } from '@slipway/core/errors';
import type { InputFile } from '../inputs/input-file.ts';
import type { Cut, PieceSize, Place, Source } from './source.ts';

/** A single line may have so many bytes; beyond that the file is not what it seems. */
const MOST_LINE = 16 * 2 ** 20;
const READ_BYTES = 2 ** 20;
const [LF, CR, QUOTE] = [10, 13, 34];

export const csv: Source = { cut: (file, from, first, size) => cutText(file, from, first, size, true), types: none };
export const jsonl: Source = { cut: (file, from, first, size) => cutText(file, from, first, size, false), types: none };

async function none(): Promise<undefined> {
  return await Promise.resolve(undefined);
}

/** Cuts at line ends; in CSV at those that stand in no quotes. */
async function* cutText(
  file: InputFile,
  from: Place | undefined,
  first: number,
  size: PieceSize,
  isCsv: boolean,
): AsyncGenerator<Cut> {
  let index = first;
  let line = Number(from?.['line'] ?? 0);
  let offset = Number(from?.['offset'] ?? 0);
  let header: Uint8Array | undefined = isCsv ? (offset > 0 ? await headerOf(file) : undefined) : new Uint8Array();
  let rest: Uint8Array = new Uint8Array();
  const cut = (body: Uint8Array, isLast: boolean): Cut => {
    const skippedLines = line;
    line += countLines(body);
    offset += body.length;
    const share = isLast ? 1 : file.compression === 'none' ? Math.min(1, offset / file.size) : 0;
    const piece = {
      index: index++,
      file,
      kind: 'text',
      header: header ?? new Uint8Array(),
      body,
      skippedLines,
    } as const;
    return { piece, share, next: { line, offset } };
  };
  for await (const chunk of bytesOf(file, offset)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (header === undefined) {
      const end = headerEnd(rest);
      if (end < 0) {
        checkLine(rest, file);
        continue;
      }
      header = new Uint8Array(rest.subarray(0, end));
      offset = end;
      rest = rest.subarray(end);
    }
    if (rest.length < size.bytes) continue;
    const end = lastLineEnd(rest, isCsv);
    if (end === 0) {
      checkLine(rest, file);
      continue;
    }
    // A copy of its own, that can be handed to a thread.
    const body = new Uint8Array(rest.subarray(0, end));
    rest = rest.subarray(end);
    yield cut(body, false);
  }
  if (rest.length > 0 || (index === first && from === undefined)) yield cut(new Uint8Array(rest), true);
}

function checkLine(bytes: Uint8Array, { name }: InputFile): void {
  if (bytes.length < MOST_LINE) return;
  const problem = `${name}: the line is longer than 16 MiB; is a quote not closed?`;
  throw fail('INVALID_CSV', { line: 1, problem });
}

/** The bytes from an offset on, unpacked. */
async function* bytesOf({ path, name, size, compression }: InputFile, offset: number): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    const handle = openSync(path, 'r');
    try {
      for (let at = offset; ;) {
        const chunk = Buffer.allocUnsafeSlow(READ_BYTES);
        const read = readSync(handle, chunk, 0, READ_BYTES, at);
        if (read === 0) return;
        at += read;
        yield chunk.subarray(0, read);
      }
    } finally {
      closeSync(handle);
    }
  }
  let skip = offset;
  // A zstd file may be several in a row, of which Node unpacks one; gzip takes all by itself.
  for (let at = 0; at < size;) {
    const unpack = compression === 'gzip' ? createGunzip() : createZstdDecompress();
    const input = createReadStream(path, { highWaterMark: READ_BYTES, start: at });
    input.on('error', (error) => unpack.destroy(error));
    try {
      for await (const chunk of input.pipe(unpack) as AsyncIterable<Uint8Array>) {
        const taken = Math.min(skip, chunk.length);
        skip -= taken;
        if (taken < chunk.length) yield chunk.subarray(taken);
      }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause;
      throw damaged(name, compression, cause);
    } finally {
      input.destroy();
    }
    if (compression === 'gzip') return;
    if (unpack.bytesWritten === 0) throw damaged(name, compression);
    at += unpack.bytesWritten;
  }
}

function damaged(name: string, compression: string, cause?: unknown) {
  return fail('CORRUPT_FILE', { format: name, problem: `the ${compression} data is damaged or incomplete` }, { cause });
}

/** The first line of a CSV file that is not empty, with everything before it. */
async function headerOf(file: InputFile): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array();
  for await (const chunk of bytesOf(file, 0)) {
    head = Buffer.concat([head, chunk]);
    const end = headerEnd(head);
    if (end >= 0) return new Uint8Array(head.subarray(0, end));
    checkLine(head, file);
  }
  return head;
}

function headerEnd(bytes: Uint8Array): number {
  let isQuoted = false;
  let hasText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (byte === LF && !isQuoted && hasText) return i + 1;
    if (byte !== LF && byte !== CR) hasText = true;
  }
  return -1;
}

function lastLineEnd(bytes: Uint8Array, isCsv: boolean): number {
  if (!isCsv || !bytes.includes(QUOTE)) return bytes.lastIndexOf(LF) + 1;
  let isQuoted = false;
  let end = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (byte === LF && !isQuoted) end = i + 1;
  }
  return end;
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
}
