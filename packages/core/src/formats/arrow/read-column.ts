import type { Physical } from './column-type.ts';

/** Values of a column: numbers, bigints, booleans, strings; null where one is missing. */
export type ArrowValues = ArrayLike<number | bigint | boolean | string | null>;

type TypedArrayOf = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayLike<number | bigint>;

/** Gives the buffers of a record batch in their order, checked to lie within its body. */
export interface Buffers {
  /** `size` bytes at least; empty where the writer left the buffer out. */
  next(size: number): Uint8Array<ArrayBuffer>;
}

/** Reads a column of `length` values with `nulls` missing ones. RangeError where a buffer is too small. */
export function readColumn(type: Physical, length: number, nulls: number, buffers: Buffers): ArrowValues {
  if (type.kind === 'null') return Array.from({ length }, () => null);
  const bitmap = buffers.next(nulls > 0 ? Math.ceil(length / 8) : 0);
  const values = readValues(type, length, buffers);
  if (nulls === 0) return values;
  return Array.from({ length }, (_, i) => (bitAt(bitmap, i) ? (values[i] as number) : null));
}

function readValues(type: Exclude<Physical, { kind: 'null' }>, length: number, buffers: Buffers): ArrowValues {
  switch (type.kind) {
    case 'bool': {
      const bits = buffers.next(Math.ceil(length / 8));
      return Array.from({ length }, (_, i) => bitAt(bits, i));
    }
    case 'int':
      return numbers(intArray(type.bits, type.isSigned), type.bits / 8, length, buffers);
    case 'float':
      return numbers(
        { 16: Float16Array, 32: Float32Array, 64: Float64Array }[type.bits],
        type.bits / 8,
        length,
        buffers,
      );
    case 'utf8':
      return strings(numbers(Int32Array, 4, length === 0 ? 0 : length + 1, buffers), length, buffers);
    case 'large-utf8':
      return strings(numbers(BigInt64Array, 8, length === 0 ? 0 : length + 1, buffers), length, buffers);
  }
}

function numbers(Numbers: TypedArrayOf, bytes: number, length: number, buffers: Buffers): ArrayLike<number | bigint> {
  const buffer = buffers.next(length * bytes);
  // Copied where a writer did not align it.
  const aligned = buffer.byteOffset % bytes === 0 ? buffer : new Uint8Array(buffer);
  return new Numbers(aligned.buffer, aligned.byteOffset, length);
}

function strings(offsets: ArrayLike<number | bigint>, length: number, buffers: Buffers): ArrowValues {
  const bytes = buffers.next(length === 0 ? 0 : Number(offsets[length]));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let last = 0;
  return Array.from({ length }, (_, i) => {
    const [start, end] = [Number(offsets[i]), Number(offsets[i + 1])];
    // In order, so that no byte is read twice: texts are no larger than their buffer.
    if (start < last || end < start || end > bytes.length) throw new RangeError('text lies outside of its buffer');
    last = end;
    return decoder.decode(bytes.subarray(start, end));
  });
}

function intArray(bits: number, isSigned: boolean): TypedArrayOf {
  switch (bits) {
    case 8:
      return isSigned ? Int8Array : Uint8Array;
    case 16:
      return isSigned ? Int16Array : Uint16Array;
    case 32:
      return isSigned ? Int32Array : Uint32Array;
    default:
      return isSigned ? BigInt64Array : BigUint64Array;
  }
}

function bitAt(bitmap: Uint8Array, i: number): boolean {
  return (((bitmap[i >> 3] as number) >> (i & 7)) & 1) === 1;
}
