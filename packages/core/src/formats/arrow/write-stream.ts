import { writeFlatBuffer, type FlatField, type FlatNode } from '../flatbuffers/write.ts';

/** A column to write. Numbers are float64, bigints int64; null is missing (strings only). */
export type ArrowColumn = { readonly name: string } & (
  | { readonly type: 'float64'; readonly values: Float64Array }
  | { readonly type: 'int64'; readonly values: BigInt64Array }
  | { readonly type: 'bool'; readonly values: readonly boolean[] }
  | { readonly type: 'utf8'; readonly values: readonly (string | null)[] }
);

/** Version 5 of the metadata, the current one. */
const VERSION = 4;
const HEADERS = { schema: 1, records: 3 } as const;

/** Writes one record batch as an Arrow IPC stream. */
export function writeArrowStream(columns: readonly ArrowColumn[], count: number): Uint8Array {
  const buffers = columns.flatMap(buffersOf);
  let size = 0;
  const regions = buffers.map(({ length }) => {
    const region = [size, length] as const;
    size += padded(length);
    return region;
  });
  const schema = message(HEADERS.schema, { table: [undefined, { to: { nodes: columns.map(fieldOf) } }] }, 0);
  const nodes = columns.map((column) => [count, nullsOf(column)] as const);
  const records = message(
    HEADERS.records,
    { table: [{ bytes: 8, value: count }, { to: { pairs: nodes } }, { to: { pairs: regions } }] },
    size,
  );
  const end = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
  const out = new Uint8Array(schema.length + records.length + size + end.length);
  out.set(schema);
  out.set(records, schema.length);
  buffers.forEach((buffer, i) =>
    out.set(buffer, schema.length + records.length + (regions[i] as readonly [number, number])[0]),
  );
  out.set(end, out.length - end.length);
  return out;
}

/** A message: mark, size of the metadata, metadata. Its end is aligned to eight bytes. */
function message(header: number, node: FlatNode, bodyLength: number): Uint8Array {
  const metadata = writeFlatBuffer({
    table: [{ bytes: 2, value: VERSION }, { bytes: 1, value: header }, { to: node }, { bytes: 8, value: bodyLength }],
  });
  const size = padded(metadata.length);
  const out = new Uint8Array(8 + size);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setInt32(4, size, true);
  out.set(metadata, 8);
  return out;
}

function fieldOf({ name, type }: ArrowColumn): FlatNode {
  const types: Readonly<Record<ArrowColumn['type'], readonly [number, readonly FlatField[]]>> = {
    int64: [
      2,
      [
        { bytes: 4, value: 64 },
        { bytes: 1, value: 1 },
      ],
    ],
    float64: [3, [{ bytes: 2, value: 2 }]],
    utf8: [5, []],
    bool: [6, []],
  };
  const [id, about] = types[type];
  return {
    table: [
      { to: { text: name } },
      { bytes: 1, value: type === 'utf8' ? 1 : 0 },
      { bytes: 1, value: id },
      { to: { table: about } },
      undefined,
      { to: { nodes: [] } },
    ],
  };
}

function nullsOf(column: ArrowColumn): number {
  return column.type === 'utf8' ? column.values.filter((value) => value === null).length : 0;
}

/** Validity, then offsets where there are any, then values. */
function buffersOf(column: ArrowColumn): Uint8Array[] {
  const none = new Uint8Array();
  switch (column.type) {
    case 'float64':
    case 'int64': {
      const { buffer, byteOffset, byteLength } = column.values;
      return [none, new Uint8Array(buffer, byteOffset, byteLength)];
    }
    case 'bool':
      return [none, bitmap(column.values)];
    case 'utf8': {
      const { values } = column;
      const encoder = new TextEncoder();
      const texts = values.map((value) => encoder.encode(value ?? ''));
      const offsets = new Int32Array(values.length + 1);
      texts.forEach((text, i) => (offsets[i + 1] = (offsets[i] as number) + text.length));
      const bytes = new Uint8Array(offsets[values.length] as number);
      texts.forEach((text, i) => bytes.set(text, offsets[i]));
      const validity = values.includes(null) ? bitmap(values.map((value) => value !== null)) : none;
      return [validity, new Uint8Array(offsets.buffer), bytes];
    }
  }
}

function bitmap(values: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
  });
  return bits;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
