import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { fail } from '@slipway/core/errors';
import { parquetMetadataAsync, parquetRead, type FileMetaData, type SchemaElement } from 'hyparquet';
import type { InputFile } from '../inputs/input-file.ts';
import { readFlat } from './flat-column.ts';
import type { Columns, Cut, Piece, PieceSize, Place, Source, ValueType } from './source.ts';

/** Footers of the files that this thread reads, the last few. */
const footers = new Map<string, FileMetaData>();

export const parquet: Source = {
  async *cut(file: InputFile, from: Place | undefined, first: number, size: PieceSize): AsyncGenerator<Cut> {
    const { row_groups: groups, num_rows: all } = await footerOf(file);
    const total = Number(all);
    let index = first;
    let start = Number(from?.['row'] ?? 0);
    for (const [begin, end] of spans(
      groups.map((group) => Number(group.num_rows)),
      size.rows,
    )) {
      if (end <= start) continue;
      const piece: Piece = { index: index++, file, kind: 'rows', from: begin, to: end };
      start = end;
      yield { piece, share: end / total, next: { row: end } };
    }
    if (total === 0 && from === undefined)
      yield { piece: { index, file, kind: 'rows', from: 0, to: 0 }, share: 1, next: { row: 0 } };
  },

  async types(file) {
    const { schema } = await footerOf(file);
    return new Map(topLevel(schema).map((element) => [element.name, typeOf(element)]));
  },

  async read(piece, names, exact): Promise<Columns> {
    if (piece.kind !== 'rows') throw new Error('a Parquet file is read by rows');
    const { file, from, to } = piece;
    const metadata = await footerOf(file);
    const count = to - from;
    const columns = new Map<string, ArrayLike<unknown>>();
    for (const element of topLevel(metadata.schema).filter(({ name }) => names.has(name))) {
      const { name } = element;
      const values = await guarded(file, async () => {
        using input = openFile(file.path);
        if (count === 0) return [];
        return (
          flatParts(input, metadata, element, from, to, exact.has(name)) ??
          (await general(input, metadata, name, from, to))
        );
      });
      if (values.length !== count) throw broken(file, `the column ${JSON.stringify(name)} has ${values.length} rows`);
      columns.set(name, values);
    }
    return { count, columns };
  },
};

type OpenFile = ReturnType<typeof openFile>;

/** The rows of a simple column from all groups that hold some. */
function flatParts(
  input: OpenFile,
  { row_groups: groups }: FileMetaData,
  element: SchemaElement,
  from: number,
  to: number,
  isExact: boolean,
): ArrayLike<unknown> | undefined {
  const parts: (Float64Array | unknown[])[] = [];
  let start = 0;
  for (const { num_rows: rows, columns } of groups) {
    const end = start + Number(rows);
    if (end > from && start < to) {
      const meta = columns.find(({ meta_data: data }) => data?.path_in_schema.join('.') === element.name)?.meta_data;
      if (!meta || element.num_children) return undefined;
      const at = Number(meta.dictionary_page_offset || meta.data_page_offset);
      const first = Math.min(at, Number(meta.data_page_offset));
      const bytes = new Uint8Array(
        input.slice(first, Math.min(input.byteLength, first + Number(meta.total_compressed_size))),
      );
      const span = { from: Math.max(0, from - start), to: Math.min(end, to) - start };
      const part = readFlat({ element, meta, bytes, ...span, isExact, compressors });
      if (!part) return undefined;
      parts.push(part);
    }
    start = end;
  }
  return joined(parts);
}

/** Columns of any kind, by the general reader. */
async function general(input: OpenFile, metadata: FileMetaData, name: string, from: number, to: number) {
  const parts: ArrayLike<unknown>[] = [];
  await parquetRead({
    file: input,
    metadata,
    columns: [name],
    rowStart: from,
    rowEnd: to,
    compressors,
    onChunk({ columnData, rowStart, rowEnd }) {
      const low = Math.max(0, from - rowStart);
      const high = Math.min(rowEnd, to) - rowStart;
      if (high > low) parts.push(columnData.slice(low, high));
    },
  });
  return joined(parts);
}

/** Spans of rows: whole groups together, large groups in parts. */
function spans(groups: readonly number[], most: number): [number, number][] {
  const result: [number, number][] = [];
  let begin = 0;
  let end = 0;
  const close = () => {
    const parts = Math.max(1, Math.ceil((end - begin) / most));
    const rows = Math.ceil((end - begin) / parts);
    for (let at = begin; at < end; at += rows) result.push([at, Math.min(end, at + rows)]);
    begin = end;
  };
  for (const rows of groups) {
    if (end > begin && end + rows - begin > most) close();
    end += rows;
  }
  close();
  return result;
}

async function footerOf(file: InputFile): Promise<FileMetaData> {
  const key = `${file.path}:${file.changed}`;
  const known = footers.get(key);
  if (known) return known;
  const footer = await guarded(file, async () => {
    using input = openFile(file.path);
    return await parquetMetadataAsync(input);
  });
  if (footers.size >= 16) footers.clear();
  footers.set(key, footer);
  return footer;
}

const unpacked = (bytes: Uint8Array) => new Uint8Array(bytes);
const compressors = {
  GZIP: (bytes: Uint8Array, size: number) => unpacked(gunzipSync(bytes, { maxOutputLength: Math.max(1, size) })),
  ZSTD: (bytes: Uint8Array, size: number) =>
    unpacked(zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) })),
  BROTLI: (bytes: Uint8Array, size: number) =>
    unpacked(brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, size) })),
};

function openFile(path: string) {
  const handle = openSync(path, 'r');
  const byteLength = fstatSync(handle).size;
  return {
    byteLength,
    slice(start: number, end: number = byteLength): ArrayBuffer {
      const bytes = new Uint8Array(end - start);
      let done = 0;
      while (done < bytes.length) {
        const read = readSync(handle, bytes, done, bytes.length - done, start + done);
        if (read === 0) break;
        done += read;
      }
      return bytes.buffer;
    },
    [Symbol.dispose]: () => closeSync(handle),
  };
}

/** Whatever the reader finds wrong is a damaged file. */
async function guarded<T>(file: InputFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause;
    throw broken(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function broken({ name }: InputFile, problem: string, cause?: unknown) {
  return fail('CORRUPT_FILE', { format: name, problem: problem.replace(/^parquet:?\s+/, '') }, { cause });
}

function joined(parts: readonly ArrayLike<unknown>[]): ArrayLike<unknown> {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  if (parts.length > 0 && parts.every((part) => part instanceof Float64Array)) {
    const numbers = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      numbers.set(part, at);
      at += part.length;
    }
    return numbers;
  }
  const all: unknown[] = [];
  for (const part of parts) for (let i = 0; i < part.length; i++) all.push(part[i]);
  return all;
}

/** The columns; those below a group are values of it. */
function topLevel(schema: readonly SchemaElement[]): SchemaElement[] {
  const found: SchemaElement[] = [];
  const skip = (at: number): number => {
    let next = at + 1;
    for (let i = 0; i < (schema[at]?.num_children ?? 0); i++) next = skip(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = skip(at)) found.push(schema[at] as SchemaElement);
  return found;
}

function typeOf({
  type,
  num_children: children,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): ValueType {
  if (children) return 'json';
  const meaning = logical?.type ?? converted ?? '';
  if (/^(?:DATE|TIMESTAMP)/.test(meaning)) return 'timestamp';
  if (meaning === 'DECIMAL') return 'float64';
  if (meaning === 'JSON') return 'json';
  switch (type) {
    case 'BOOLEAN':
      return 'bool';
    case 'INT32':
    case 'INT64':
      return 'int64';
    case 'INT96':
      return 'timestamp';
    case 'FLOAT':
    case 'DOUBLE':
      return 'float64';
    default:
      return logical?.type === 'FLOAT16' ? 'float64' : 'string';
  }
}
