import { writeArrowStream, type ArrowColumn } from '@slipway/core/formats/arrow';
import { ColumnCollector, type Values } from './columns.ts';
import type { OutputColumn, Sink } from './sink.ts';
import { textOf } from './values.ts';

/** Mark and length of the end of a stream. */
const END_BYTES = 8;

/** An Arrow IPC stream: a batch of rows for each piece of the input. */
export const arrow: Sink = {
  start(columns) {
    const empty = stream(
      columns,
      columns.map(() => []),
      0,
    );
    return empty.slice(0, schemaEnd(empty));
  },
  open(columns) {
    const collector = new ColumnCollector(columns);
    return {
      add: (rows) => collector.add(rows),
      finish() {
        if (collector.count === 0) return { bytes: new Uint8Array(), about: null };
        const whole = stream(columns, collector.finish(), collector.count);
        return { bytes: whole.slice(schemaEnd(whole), -END_BYTES), about: null };
      },
    };
  },
  end: () => Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0),
};

function stream(columns: readonly OutputColumn[], values: readonly Values[], count: number): Uint8Array {
  return writeArrowStream(
    columns.map((column, i) => columnOf(column, values[i] as Values)),
    count,
  );
}

/** The first message of a stream is its schema. */
function schemaEnd(bytes: Uint8Array): number {
  return 8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
}

function columnOf({ name, type, from }: OutputColumn, values: Values): ArrowColumn {
  if (type === 'float64' || type === 'int32' || (type === 'int64' && from === 'input'))
    // Kept whole numbers may be missing, and NaN says so.
    return {
      name,
      type: 'float64',
      values: Float64Array.from(values as unknown[], (value) => (value === null ? NaN : Number(value))),
    };
  if (type === 'int64') return { name, type: 'int64', values: BigInt64Array.from(values as bigint[], BigInt) };
  if (type === 'bool' && from === 'answer') return { name, type: 'bool', values: Array.from(values as boolean[]) };
  return {
    name,
    type: 'utf8',
    values: Array.from(values as unknown[], (value) => (value === null ? null : textOf(value))),
  };
}
