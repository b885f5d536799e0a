import { fail, SlipwayError } from '../../errors/index.ts';
import { readField, type ArrowField } from './column-type.ts';
import { FlatTable } from '../flatbuffers/index.ts';
import { readColumn, type ArrowValues, type Buffers } from './read-column.ts';

/** A table of an Arrow IPC stream. */
export interface ArrowTable {
  readonly count: number;
  readonly columns: readonly { readonly name: string; readonly values: ArrowValues }[];
}

const CONTINUATION = 0xffffffff;
const headers = { schema: 1, dictionary: 2, records: 3 } as const;

/**
 * Reads an Arrow IPC stream (not compressed) of flat columns. Anything malformed is INVALID_REQUEST, in time and memory
 * that the bytes bound.
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 */
export function readArrowStream(body: Uint8Array): ArrowTable {
  try {
    return new Reader(new Uint8Array(body)).read();
  } catch (cause) {
    if (cause instanceof SlipwayError && cause.code !== 'CORRUPT_FILE') throw cause;
    if (cause instanceof SlipwayError) throw broken(cause.message, cause);
    if (cause instanceof RangeError || cause instanceof TypeError)
      throw broken(
        cause instanceof TypeError ? 'a text is not UTF-8' : 'a length or offset leads outside of it',
        cause,
      );
    throw cause;
  }
}

class Reader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;
  #fields: readonly ArrowField[] | undefined;
  /** Per dictionary its parts, joined when they are first asked for. */
  readonly #dictionaries = new Map<number, ArrowValues[]>();
  /** Per column its batches. */
  #parts: ArrowValues[][] = [];
  #count = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  read(): ArrowTable {
    while (this.#message());
    if (!this.#fields) throw broken('it has no schema');
    const columns = this.#fields.map(({ name }, i) => ({ name, values: joined(this.#parts[i] ?? []) }));
    return { count: this.#count, columns };
  }

  /** False at the end of the stream. */
  #message(): boolean {
    if (this.#at + 4 > this.#bytes.length) return false;
    let size = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    if (size === CONTINUATION) {
      size = this.#view.getUint32(this.#at, true);
      this.#at += 4;
    }
    if (size === 0) return false;
    if (size > this.#bytes.length - this.#at) throw broken('it is cut off');
    const message = FlatTable.root(this.#bytes.subarray(this.#at, this.#at + size));
    this.#at += size;
    const length = message.long(3, 0);
    if (!(length >= 0 && length <= this.#bytes.length - this.#at)) throw broken('it is cut off');
    const start = this.#at;
    this.#at += length;
    const header = message.table(2);
    if (header) this.#take(message.byte(1, 0), header, start, length);
    return true;
  }

  #take(kind: number, header: FlatTable, start: number, length: number): void {
    if (kind === headers.schema) {
      if (this.#fields) throw broken('it has two schemas');
      if (header.short(0, 0) !== 0) throw broken('it is big-endian');
      this.#fields = header.tables(1).map(readField);
      this.#parts = this.#fields.map(() => []);
    } else if (kind === headers.dictionary) this.#dictionary(header, start, length);
    else if (kind === headers.records) this.#records(header, start, length);
  }

  #dictionary(header: FlatTable, start: number, length: number): void {
    const id = header.long(0, 0);
    const field = this.#fields?.find((known) => known.dictionary?.id === id);
    const batch = header.table(1);
    if (!field || !batch) throw broken('a dictionary belongs to no column');
    const [values] = this.#batch(batch, [{ ...field, dictionary: undefined }], start, length).columns;
    const isDelta = header.byte(2, 0) !== 0;
    this.#dictionaries.set(id, [...(isDelta ? (this.#dictionaries.get(id) ?? []) : []), values as ArrowValues]);
  }

  /** The whole dictionary; joined once, however many batches ask. */
  #valuesOf(id: number): ArrowValues | undefined {
    const parts = this.#dictionaries.get(id);
    if (!parts || parts.length < 2) return parts?.[0];
    const whole = joined(parts);
    this.#dictionaries.set(id, [whole]);
    return whole;
  }

  #records(header: FlatTable, start: number, length: number): void {
    if (!this.#fields) throw broken('its rows come before the schema');
    const { count, columns } = this.#batch(header, this.#fields, start, length);
    columns.forEach((values, i) => this.#parts[i]?.push(values));
    this.#count += count;
  }

  #batch(header: FlatTable, fields: readonly ArrowField[], start: number, size: number) {
    if (header.table(3)) {
      throw fail(
        'INVALID_REQUEST',
        { problem: 'The Arrow stream is compressed.' },
        { hint: 'Write it without compression; Content-Encoding may compress the body.' },
      );
    }
    const count = header.long(0, 0);
    // A column without buffers has no length of its own: a bit a row is the least that rows take.
    if (!(count >= 0 && count <= this.#bytes.length * 8)) throw broken('it announces more rows than it can hold');
    const nodes = pairsOf(header.structs(1, 16));
    const regions = pairsOf(header.structs(2, 16));
    let next = 0;
    // Buffers do not overlap: all of them together are no larger than the body, which bounds what is made of them.
    let left = size;
    const spend = (bytes: number): void => {
      left -= bytes;
      if (left < 0) throw new RangeError('buffers overlap');
    };
    const buffers: Buffers = {
      next: (wanted) => {
        const [offset, length] = regions[next++] ?? [0, 0];
        if (!(offset >= 0 && length >= 0 && offset + length <= size))
          throw new RangeError('a buffer lies outside of its body');
        if (length < wanted) throw new RangeError('a buffer is too short');
        spend(length);
        return this.#bytes.subarray(start + offset, start + offset + length);
      },
    };
    const columns = fields.map((field, i) => {
      const [length, nulls] = nodes[i] ?? [0, 0];
      if (length !== count) throw broken(`its column ${JSON.stringify(field.name)} has ${length} rows of ${count}`);
      // A column of nulls has no buffer: a bit a row is what it may cost.
      if ((field.dictionary?.index ?? field.type).kind === 'null') left -= Math.min(left, Math.ceil(length / 8));
      const values = readColumn(field.dictionary?.index ?? field.type, length, nulls, buffers);
      return field.dictionary ? looked(values, this.#valuesOf(field.dictionary.id)) : values;
    });
    return { count, columns };
  }
}

/** Positions become the values that they stand for. */
function looked(positions: ArrowValues, values: ArrowValues | undefined): ArrowValues {
  return Array.from(positions, (position) => {
    if (position === null) return null;
    const at = Number(position);
    if (values === undefined || !(at >= 0 && at < values.length)) throw broken('a position is not in its dictionary');
    return values[at] as string;
  });
}

function pairsOf(view: DataView): (readonly [number, number])[] {
  const long = (at: number): number => Number(view.getBigInt64(at, true));
  return Array.from({ length: view.byteLength / 16 }, (_, i) => [long(16 * i), long(16 * i + 8)] as const);
}

function joined(parts: readonly ArrowValues[]): ArrowValues {
  const [first] = parts;
  return parts.length === 1 && first ? first : parts.flatMap((part) => Array.from(part));
}

function broken(problem: string, cause?: unknown) {
  return fail('INVALID_REQUEST', { problem: `The body is not a valid Arrow stream: ${problem}.` }, { cause });
}
