import type { ColumnMetaData, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { readHybrid } from './hybrid.ts';

type PageHeader = ReturnType<typeof parquetHeader>;
type Compressors = NonNullable<Parameters<typeof decompressPage>[3]>;

/** A column chunk and the rows of it that are wanted, counted from its first. */
export interface FlatColumn {
  readonly element: SchemaElement;
  readonly meta: ColumnMetaData;
  /** From the first page of the chunk on. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly from: number;
  readonly to: number;
  /** Whole numbers keep all digits, and what is missing is null; else numbers are float64 and NaN is missing. */
  readonly isExact: boolean;
  readonly compressors: Compressors;
}

type Values = Float64Array | unknown[];

/**
 * Reads a column of numbers or texts without lists and groups, page by page into one array. Undefined for what is rarer:
 * the general reader takes that.
 */
export function readFlat(column: FlatColumn): Values | undefined {
  const { element, meta, bytes, from, to, isExact } = column;
  if (!isSimple(element)) return undefined;
  const isText = meta.type === 'BYTE_ARRAY';
  const isWide = meta.type === 'INT64' && isExact;
  const isNumber = !isText && !isWide && !(isExact && element.repetition_type === 'OPTIONAL');
  const values: Values = isNumber ? new Float64Array(to - from) : new Array<unknown>(to - from);
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  let dictionary: ArrayLike<unknown> | undefined;
  for (let row = 0; row < to;) {
    if (reader.offset >= bytes.length) throw new Error('a column ends too early');
    const header = parquetHeader(reader);
    const page = bytes.subarray(reader.offset, reader.offset + header.compressed_page_size);
    reader.offset += header.compressed_page_size;
    if (header.type === 'DICTIONARY_PAGE') {
      dictionary = dictionaryOf(column, header, page);
      continue;
    }
    const about = header.data_page_header ?? header.data_page_header_v2;
    if (!about) return undefined;
    const count = about.num_values;
    if (row + count > from) {
      const data = unpack(column, header, page);
      const cells = data && cellsOf(column, data, dictionary);
      if (!cells) return undefined;
      const low = Math.max(row, from);
      place(values, low - from, low - row, Math.min(row + count, to) - row, data, cells);
    }
    row += count;
  }
  return values;
}

function isSimple({
  type,
  repetition_type: repetition,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement) {
  if (repetition === 'REPEATED') return false;
  if (type === 'BYTE_ARRAY') return converted === 'UTF8' || logical?.type === 'STRING';
  if (type === 'DOUBLE' || type === 'FLOAT') return true;
  const isSigned =
    logical?.type === 'INTEGER'
      ? logical.isSigned
      : logical === undefined && !/^UINT|DATE|TIME|DECIMAL/.test(converted ?? '');
  return (type === 'INT32' || type === 'INT64') && isSigned;
}

/** The values of a page, unpacked, and which rows have one. */
interface Page {
  readonly encoding: string;
  /** From the first value on. */
  readonly values: Uint8Array;
  /** Rows that have a value. */
  readonly count: number;
  /** By row: 1 where there is a value; undefined where all have one. */
  readonly flags: Int32Array | undefined;
}

function unpack({ element, meta, compressors }: FlatColumn, header: PageHeader, page: Uint8Array): Page | undefined {
  const { data_page_header: first, data_page_header_v2: second } = header;
  const isOptional = element.repetition_type === 'OPTIONAL';
  if (second) {
    const start = second.repetition_levels_byte_length;
    const head = start + second.definition_levels_byte_length;
    const packed = page.subarray(head);
    const size = header.uncompressed_page_size - head;
    const isPacked = second.is_compressed !== false && size > 0;
    const values = isPacked ? decompressPage(packed, size, meta.codec, compressors) : packed;
    const there = isOptional
      ? presentIn(page, start, head, second.num_values)
      : { count: second.num_values, flags: undefined };
    return { encoding: second.encoding, values, ...there };
  }
  if (!first) return undefined;
  const bytes = decompressPage(page, header.uncompressed_page_size, meta.codec, compressors);
  if (!isOptional) return { encoding: first.encoding, values: bytes, count: first.num_values, flags: undefined };
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  const there = presentIn(bytes, 4, end, first.num_values);
  return { encoding: first.encoding, values: bytes.subarray(end), ...there };
}

function presentIn(bytes: Uint8Array, start: number, end: number, rows: number): Pick<Page, 'count' | 'flags'> {
  const flags = new Int32Array(rows);
  readHybrid(bytes, start, end, 1, flags);
  let count = 0;
  for (let i = 0; i < rows; i++) count += flags[i] as number;
  return { count, flags: count === rows ? undefined : flags };
}

function dictionaryOf(column: FlatColumn, header: PageHeader, page: Uint8Array): ArrayLike<unknown> {
  const { meta, compressors } = column;
  const bytes = decompressPage(page, header.uncompressed_page_size, meta.codec, compressors);
  return plain(column, bytes, header.dictionary_page_header?.num_values ?? 0);
}

function cellsOf(
  column: FlatColumn,
  { encoding, values, count }: Page,
  dictionary: ArrayLike<unknown> | undefined,
): ArrayLike<unknown> | undefined {
  if (encoding === 'PLAIN') return plain(column, values, count);
  if ((encoding !== 'RLE_DICTIONARY' && encoding !== 'PLAIN_DICTIONARY') || !dictionary) return undefined;
  const positions = new Int32Array(count);
  const width = values[0] ?? 0;
  if (width > 24) return undefined;
  if (width > 0) readHybrid(values, 1, values.length, width, positions);
  const size = dictionary.length;
  if (dictionary instanceof Float64Array) {
    const found = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const at = positions[i] as number;
      if (at >= size) throw new Error('a value is not in the dictionary');
      found[i] = dictionary[at] as number;
    }
    return found;
  }
  const found: unknown[] = new Array<unknown>(count);
  for (let i = 0; i < count; i++) {
    const at = positions[i] as number;
    if (at >= size) throw new Error('a value is not in the dictionary');
    found[i] = dictionary[at];
  }
  return found;
}

const utf8 = new TextDecoder();

/** Numbers as float64 unless all their digits count; texts. */
function plain({ meta, isExact }: FlatColumn, bytes: Uint8Array, count: number): ArrayLike<unknown> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readPlain({ view, offset: 0 }, meta.type, count, undefined) as ArrayLike<unknown>;
  if (meta.type === 'BYTE_ARRAY') return Array.from(read as ArrayLike<Uint8Array>, (text) => utf8.decode(text));
  if (read instanceof Float64Array || (meta.type === 'INT64' && isExact)) return read;
  return meta.type === 'INT64'
    ? Float64Array.from(read as BigInt64Array, Number)
    : Float64Array.from(read as Int32Array);
}

/** Puts the rows [from, to) of a page at their place. */
function place(values: Values, at: number, from: number, to: number, { flags }: Page, cells: ArrayLike<unknown>): void {
  if (!flags) {
    if (values instanceof Float64Array && cells instanceof Float64Array) values.set(cells.subarray(from, to), at);
    else for (let row = from; row < to; row++) values[at + row - from] = cells[row];
    return;
  }
  let next = 0;
  for (let row = 0; row < from; row++) next += flags[row] as number;
  const missing = values instanceof Float64Array ? NaN : null;
  for (let row = from; row < to; row++) values[at + row - from] = flags[row] === 1 ? cells[next++] : missing;
}
