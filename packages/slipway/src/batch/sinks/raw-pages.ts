import type { ColumnChunk, RowGroup, SchemaElement } from 'hyparquet';
import type { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import type { Values } from './columns.ts';

/** Values of a page: what a reader unpacks at once. */
const PAGE_ROWS = 65_536;

/** A column whose values lie in the file as they lie in memory; undefined where that cannot be. */
export function rawValues(values: Values): Float64Array | BigInt64Array | undefined {
  if (values instanceof Float64Array) return values;
  if (values instanceof Int32Array || values.length === 0) return undefined;
  const numbers = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'bigint') return undefined;
    numbers[i] = value;
  }
  return numbers;
}

/**
 * Writes a column of numbers as it is: no dictionary is tried, nothing is compressed. Fractions that a model computes
 * gain nothing from either.
 * @see https://parquet.apache.org/docs/file-format/data-pages/
 */
export function writeRaw(
  writer: ByteWriter,
  element: SchemaElement,
  values: Float64Array | BigInt64Array,
): ColumnChunk {
  const start = writer.offset;
  const isOptional = element.repetition_type === 'OPTIONAL';
  for (let at = 0; at < values.length; at += PAGE_ROWS) {
    const part = values.subarray(at, at + PAGE_ROWS);
    const levels = isOptional ? allThere(part.length) : new Uint8Array();
    const size = levels.length + part.byteLength;
    writePageHeader(writer, {
      type: 'DATA_PAGE',
      uncompressed_page_size: size,
      compressed_page_size: size,
      data_page_header: {
        num_values: part.length,
        encoding: 'PLAIN',
        definition_level_encoding: 'RLE',
        repetition_level_encoding: 'RLE',
      },
    });
    writer.appendBytes(levels);
    writer.appendBytes(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  const size = BigInt(writer.offset - start);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: values instanceof Float64Array ? 'DOUBLE' : 'INT64',
      encodings: ['RLE', 'PLAIN'],
      path_in_schema: [element.name],
      codec: 'UNCOMPRESSED',
      num_values: BigInt(values.length),
      total_uncompressed_size: size,
      total_compressed_size: size,
      data_page_offset: BigInt(start),
    },
  };
}

/** Definition levels of rows of which none is missing: one run of ones, behind its length. */
function allThere(count: number): Uint8Array {
  const run: number[] = [];
  for (let left = count * 2; ; left >>>= 7) {
    if (left < 128) {
      run.push(left);
      break;
    }
    run.push((left & 127) | 128);
  }
  run.push(1);
  return Uint8Array.of(run.length, 0, 0, 0, ...run);
}

/** A group of rows of columns that were written one by one. */
export function groupOfColumns(columns: readonly ColumnChunk[], rows: number): RowGroup {
  const sum = (size: (chunk: ColumnChunk) => bigint | undefined) =>
    columns.reduce((total, chunk) => total + (size(chunk) ?? 0n), 0n);
  return {
    columns: [...columns],
    num_rows: BigInt(rows),
    total_byte_size: sum(({ meta_data: data }) => data?.total_uncompressed_size),
    total_compressed_size: sum(({ meta_data: data }) => data?.total_compressed_size),
  };
}
