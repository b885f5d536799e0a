import { fail } from '../../errors/index.ts';

/**
 * Reads tables of a FlatBuffer in place. Every offset is checked to stay inside the buffer; a field that is absent has
 * the default of the schema.
 *
 * @see https://flatbuffers.dev/internals
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableSize: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#vtable = at - signed(view, at);
    this.#vtableSize = short(view, this.#vtable);
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, unsigned(view, 0));
  }

  /** Position of field number `field` in the order of the schema; undefined when absent. */
  #field(field: number): number | undefined {
    const slot = 4 + 2 * field;
    if (slot + 2 > this.#vtableSize) return undefined;
    const offset = short(this.#view, this.#vtable + slot);
    return offset === 0 ? undefined : this.#at + offset;
  }

  int(field: number, otherwise: number): number {
    const at = this.#field(field);
    return at === undefined ? otherwise : signed(this.#view, at);
  }

  byte(field: number, otherwise: number): number {
    const at = this.#field(field);
    if (at === undefined) return otherwise;
    inside(this.#view, at, 1);
    return this.#view.getInt8(at);
  }

  short(field: number, otherwise: number): number {
    const at = this.#field(field);
    if (at === undefined) return otherwise;
    inside(this.#view, at, 2);
    return this.#view.getInt16(at, true);
  }

  /** An int64; what is no safe integer is NaN, which no check of a length lets through. */
  long(field: number, otherwise: number): number {
    const at = this.#field(field);
    if (at === undefined) return otherwise;
    inside(this.#view, at, 8);
    const value = Number(this.#view.getBigInt64(at, true));
    return Number.isSafeInteger(value) ? value : NaN;
  }

  float(field: number, otherwise: number): number {
    const at = this.#field(field);
    if (at === undefined) return otherwise;
    inside(this.#view, at, 4);
    return this.#view.getFloat32(at, true);
  }

  double(field: number, otherwise: number): number {
    const at = this.#field(field);
    if (at === undefined) return otherwise;
    inside(this.#view, at, 8);
    return this.#view.getFloat64(at, true);
  }

  text(field: number): string | undefined {
    const bytes = this.bytes(field);
    return bytes && new TextDecoder().decode(bytes);
  }

  table(field: number): FlatTable | undefined {
    const at = this.#field(field);
    return at === undefined ? undefined : new FlatTable(this.#view, at + unsigned(this.#view, at));
  }

  tables(field: number): FlatTable[] {
    const { start, length } = this.#vector(field, 4);
    return Array.from(
      { length },
      (_, i) => new FlatTable(this.#view, start + i * 4 + unsigned(this.#view, start + i * 4)),
    );
  }

  texts(field: number): string[] {
    const { start, length } = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => {
      const at = start + i * 4 + unsigned(this.#view, start + i * 4);
      const size = unsigned(this.#view, at);
      inside(this.#view, at + 4, size);
      return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at + 4, size));
    });
  }

  /** Bytes of a `[ubyte]` or a string. */
  bytes(field: number): Uint8Array | undefined {
    if (this.#field(field) === undefined) return undefined;
    const { start, length } = this.#vector(field, 1);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length);
  }

  ints(field: number): Int32Array {
    const { start, length } = this.#vector(field, 4);
    return Int32Array.from({ length }, (_, i) => this.#view.getInt32(start + i * 4, true));
  }

  floats(field: number): Float32Array {
    const { start, length } = this.#vector(field, 4);
    return Float32Array.from({ length }, (_, i) => this.#view.getFloat32(start + i * 4, true));
  }

  doubles(field: number): Float64Array {
    const { start, length } = this.#vector(field, 8);
    return Float64Array.from({ length }, (_, i) => this.#view.getFloat64(start + i * 8, true));
  }

  /** A vector of structs of so many bytes, as a view. */
  structs(field: number, size: number): DataView {
    const { start, length } = this.#vector(field, size);
    return new DataView(this.#view.buffer, this.#view.byteOffset + start, length * size);
  }

  #vector(field: number, elementSize: number): { start: number; length: number } {
    const at = this.#field(field);
    if (at === undefined) return { start: 0, length: 0 };
    const vector = at + unsigned(this.#view, at);
    const length = unsigned(this.#view, vector);
    inside(this.#view, vector + 4, length * elementSize);
    return { start: vector + 4, length };
  }
}

function inside(view: DataView, at: number, size: number): void {
  if (!(at >= 0 && size >= 0 && at + size <= view.byteLength))
    throw fail('CORRUPT_FILE', { format: 'FlatBuffer', problem: 'an offset leads outside the file' });
}

function unsigned(view: DataView, at: number): number {
  inside(view, at, 4);
  return view.getUint32(at, true);
}

function signed(view: DataView, at: number): number {
  inside(view, at, 4);
  return view.getInt32(at, true);
}

function short(view: DataView, at: number): number {
  inside(view, at, 2);
  return view.getUint16(at, true);
}
