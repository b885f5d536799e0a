import { closeSync, openSync, readSync } from 'node:fs';
import { fail, SlipwayError } from '@slipway/core/errors';
import { readArrowStream } from '@slipway/core/formats/arrow';
import { FlatTable } from '@slipway/core/formats/flatbuffers';
import type { InputFile } from '../inputs/input-file.ts';
import type { Columns, Cut, PieceSize, Place, Source } from './source.ts';

const CONTINUATION = 0xffffffff;
const END = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
/** Kinds of messages (format/Message.fbs). */
const kinds = { schema: 1, dictionary: 2, records: 3 } as const;

/** An Arrow IPC stream, or a file: a stream between two marks, with an index that is not needed here. */
export const arrow: Source = {
  // oxlint-disable-next-line typescript/require-await -- the port is asynchronous, this source is not
  async *cut(file: InputFile, from: Place | undefined, first: number, pieces: PieceSize): AsyncGenerator<Cut> {
    const handle = openSync(file.path, 'r');
    try {
      const skipTo = Number(from?.['offset'] ?? 0);
      let index = first;
      let row = Number(from?.['row'] ?? 0);
      let start = row;
      let common: Uint8Array[] = [];
      let batches: Uint8Array[] = [];
      let size = 0;
      let at = 0;
      const cut = (share: number): Cut => {
        const bytes = new Uint8Array(Buffer.concat([...common, ...batches, END]));
        const piece = { index: index++, file, kind: 'arrow', bytes, from: start } as const;
        [batches, size, start] = [[], 0, row];
        return { piece, share, next: { offset: at, row } };
      };
      for (const message of messages(handle, file)) {
        at = message.end;
        // What comes again under one name replaces it; keeping all of them is the same for the reader.
        if (message.kind !== kinds.records) common = [...common, message.bytes];
        else if (message.end > skipTo) {
          row += message.rows;
          batches.push(message.bytes);
          size += message.bytes.length;
          if (size >= pieces.bytes) yield cut(Math.min(1, at / file.size));
        }
      }
      if (common.length === 0) throw broken(file, 'it has no schema');
      if (batches.length > 0 || (index === first && from === undefined)) yield cut(1);
    } finally {
      closeSync(handle);
    }
  },

  async types(file) {
    const { columns } = await firstBatch(file);
    return new Map(
      columns.map(({ name, values }) => {
        if (values instanceof BigInt64Array || values instanceof BigUint64Array) return [name, 'int64'];
        if (!Array.isArray(values)) return [name, 'float64'];
        const known: unknown = values.find((value: unknown) => value !== null);
        if (typeof known === 'boolean') return [name, 'bool'];
        return [name, typeof known === 'bigint' ? 'int64' : typeof known === 'number' ? 'float64' : 'string'];
      }),
    );
  },

  // oxlint-disable-next-line typescript/require-await -- the port is asynchronous, this source is not
  async read(piece, names): Promise<Columns> {
    if (piece.kind !== 'arrow') throw new Error('an Arrow file is read by batches');
    const { count, columns } = parse(piece.bytes, piece.file);
    const wanted = columns.filter(({ name }) => names.has(name));
    return { count, columns: new Map(wanted.map(({ name, values }) => [name, values])) };
  },
};

async function firstBatch(file: InputFile) {
  for await (const { piece } of arrow.cut(file, undefined, 0, { bytes: 1, rows: 1 }))
    if (piece.kind === 'arrow') return parse(piece.bytes, file);
  return { columns: [] };
}

function parse(bytes: Uint8Array, file: InputFile) {
  try {
    return readArrowStream(bytes);
  } catch (cause) {
    if (!(cause instanceof SlipwayError) || cause.code !== 'INVALID_REQUEST') throw cause;
    const problem = cause.message.replace(/^The body is not a valid Arrow stream: /, '').replace(/\.$/, '');
    throw fail('CORRUPT_FILE', { format: file.name, problem }, { cause, hint: cause.hint });
  }
}

interface Message {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Where the next one begins. */
  readonly end: number;
}

function* messages(handle: number, file: InputFile): Generator<Message> {
  const magic = bytesAt(handle, 0, 6);
  let at = Buffer.from(magic).toString('latin1') === 'ARROW1' ? 8 : 0;
  while (true) {
    const head = bytesAt(handle, at, 8);
    if (head.length < 8) return;
    const view = new DataView(head.buffer, head.byteOffset, 8);
    const isNew = view.getUint32(0, true) === CONTINUATION;
    const size = view.getUint32(isNew ? 4 : 0, true);
    if (size === 0) return;
    const start = at + (isNew ? 8 : 4);
    if (size > file.size - start) throw broken(file, 'it is cut off');
    const [kind, rows, length] = headerOf(bytesAt(handle, start, size), file);
    if (!(length >= 0 && length <= file.size - start - size)) throw broken(file, 'it is cut off');
    const end = start + size + length;
    yield { kind, rows, bytes: bytesAt(handle, at, end - at), end };
    at = end;
  }
}

function headerOf(bytes: Uint8Array, file: InputFile): [kind: number, rows: number, length: number] {
  try {
    const message = FlatTable.root(bytes);
    const kind = message.byte(1, 0);
    return [kind, kind === kinds.records ? (message.table(2)?.long(0, 0) ?? 0) : 0, message.long(3, 0)];
  } catch (cause) {
    throw broken(file, 'a message is damaged', cause);
  }
}

function bytesAt(handle: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const read = readSync(handle, bytes, 0, length, at);
  return read === length ? bytes : bytes.subarray(0, read);
}

function broken({ name }: InputFile, problem: string, cause?: unknown) {
  return fail('CORRUPT_FILE', { format: name, problem }, { cause });
}
