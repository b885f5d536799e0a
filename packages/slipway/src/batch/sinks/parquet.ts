import type { ColumnChunk, RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { ColumnCollector, type Values } from './columns.ts';
import { groupOfColumns, rawValues, writeRaw } from './raw-pages.ts';
import type { OutputColumn, Part, Sink } from './sink.ts';

const MAGIC = Buffer.from('PAR1');
const types = {
  string: 'STRING',
  json: 'STRING',
  float64: 'DOUBLE',
  int32: 'INT32',
  int64: 'INT64',
  bool: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
} as const;

/** Parquet, compressed with Snappy: a group of rows for each piece of the input. */
export const parquet: Sink = {
  start: () => MAGIC,
  open(columns) {
    const collector = new ColumnCollector(columns);
    return {
      add: (rows) => collector.add(rows),
      finish() {
        if (collector.count === 0) return { bytes: new Uint8Array(), about: null };
        const writer = new ByteWriter(collector.count * 8 * columns.length + (1 << 16));
        const schema = schemaOf(columns);
        const chunks = collector.finish().map((values, i): ColumnChunk => {
          const element = schema[i + 1] as SchemaElement;
          const raw = rawValues(values);
          return raw ? writeRaw(writer, element, raw) : writePacked(writer, element, values);
        });
        const group = groupOfColumns(chunks, collector.count);
        return { bytes: writer.getBytes().slice(), about: aboutOf(group) };
      },
    };
  },
  end(columns, parts) {
    const writer = new ByteWriter();
    const groups = parts.filter(({ about }) => about !== null).map((part) => groupOf(part));
    const rows = groups.reduce((sum, group) => sum + group.num_rows, 0n);
    writeMetadata(writer, {
      version: 2,
      created_by: 'slipway',
      schema: schemaOf(columns),
      num_rows: rows,
      row_groups: groups,
      metadata_length: 0,
    });
    return Buffer.concat([writer.getBytes(), MAGIC]);
  },
};

function schemaOf(columns: readonly OutputColumn[]): SchemaElement[] {
  return schemaFromColumnData({
    columnData: columns.map(({ name, type, from }) => ({
      name,
      data: [],
      type: types[type],
      nullable: from === 'input' || type === 'string',
    })),
  });
}

/** A column of few different values, or with missing ones. */
function writePacked(writer: ByteWriter, element: SchemaElement, values: Values): ColumnChunk {
  const file = new ParquetWriter({ writer: new ByteWriter(1 << 16), schema: [root(1), element], codec: 'SNAPPY' });
  const start = file.writer.offset;
  void file.write({
    columnData: [{ name: element.name, data: values, offsetIndex: false, statistics: false }],
    rowGroupSize: values.length,
  });
  const at = writer.offset;
  writer.appendBytes(file.writer.getBytes().subarray(start));
  const [chunk] = file.row_groups[0]?.columns ?? [];
  if (!chunk?.meta_data) throw new Error('the writer gave no column');
  const moved = (offset: bigint) => offset - BigInt(start) + BigInt(at);
  const { data_page_offset: data, dictionary_page_offset: dictionary } = chunk.meta_data;
  return {
    file_offset: BigInt(at),
    meta_data: {
      ...chunk.meta_data,
      data_page_offset: moved(data),
      ...(dictionary === undefined ? {} : { dictionary_page_offset: moved(dictionary) }),
    },
  };
}

const root = (columns: number): SchemaElement => ({ name: 'root', num_children: columns });

/** The description of a group as JSON, with positions counted from its own beginning. */
function aboutOf({ columns, num_rows, total_byte_size, total_compressed_size }: RowGroup) {
  const from = (offset: bigint | undefined) => (offset === undefined ? undefined : Number(offset));
  return {
    rows: Number(num_rows),
    bytes: Number(total_byte_size),
    packed: Number(total_compressed_size ?? 0n),
    columns: columns.flatMap(({ meta_data: data, file_offset }) =>
      data
        ? [
            {
              at: from(file_offset),
              type: data.type,
              encodings: data.encodings,
              path: data.path_in_schema,
              codec: data.codec,
              values: Number(data.num_values),
              bytes: Number(data.total_uncompressed_size),
              packed: Number(data.total_compressed_size),
              data: from(data.data_page_offset),
              dictionary: from(data.dictionary_page_offset),
            },
          ]
        : [],
    ),
  };
}

function groupOf({ about, at }: Part): RowGroup {
  const group = about as ReturnType<typeof aboutOf>;
  const from = (offset: number | undefined) => BigInt((offset ?? 0) + at);
  return {
    num_rows: BigInt(group.rows),
    total_byte_size: BigInt(group.bytes),
    total_compressed_size: BigInt(group.packed),
    columns: group.columns.map((column): ColumnChunk => ({
      file_offset: from(column.at),
      meta_data: {
        type: column.type,
        encodings: column.encodings,
        path_in_schema: column.path,
        codec: column.codec,
        num_values: BigInt(column.values),
        total_uncompressed_size: BigInt(column.bytes),
        total_compressed_size: BigInt(column.packed),
        data_page_offset: from(column.data),
        ...(column.dictionary === undefined ? {} : { dictionary_page_offset: from(column.dictionary) }),
      },
    })),
  };
}
