import { fail } from '../../errors/index.ts';
import { describeDtype, type Dtype } from './dtype.ts';

/** Numbers that lie in bytes with a fixed distance: an array (stride = item size) or one field of its records. */
export interface NumberColumn {
  readonly dtype: Dtype;
  readonly bytes: Uint8Array;
  /** Offset of the first number in `bytes`. */
  readonly offset: number;
  /** Bytes from one number to the next. */
  readonly stride: number;
  readonly count: number;
}

/** Numbers as float64; booleans are 0 and 1, 64-bit integers round to the nearest double. */
export function columnToFloat64(column: NumberColumn): Float64Array {
  const dense = denseNumbers(column);
  if (dense instanceof Float64Array) return dense;
  if (dense) return new Float64Array(dense);
  const out = new Float64Array(column.count);
  readInto(column, out);
  return out;
}

/** Integers (or booleans) as int32; a value outside of its range and a dtype that holds no integers are errors. */
export function columnToInt32(column: NumberColumn): Int32Array {
  const { kind, itemSize } = column.dtype;
  if (!'biu'.includes(kind)) throw notNumeric(column.dtype, 'integers');
  const dense = denseNumbers(column);
  if (dense instanceof Int32Array) return dense;
  if (itemSize < 4) {
    const out = new Int32Array(column.count);
    if (dense) out.set(dense);
    else readInto(column, out);
    return out;
  }
  return itemSize === 8 ? int64ToInt32(column) : float64ToInt32(columnToFloat64(column));
}

/** Booleans and bytes as they are. */
export function columnToUint8(column: NumberColumn): Uint8Array {
  const { dtype, bytes, offset, stride, count } = column;
  if (dtype.itemSize !== 1 || !'biu'.includes(dtype.kind)) throw notNumeric(dtype, 'booleans or bytes');
  if (stride === 1) return bytes.slice(offset, offset + count);
  const out = new Uint8Array(count);
  for (let i = 0, at = offset; i < count; i++, at += stride) out[i] = bytes[at] as number;
  return out;
}

type DenseNumbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

const denseTypes: Readonly<Record<string, new (buffer: ArrayBuffer) => DenseNumbers>> = {
  f8: Float64Array,
  f4: Float32Array,
  i4: Int32Array,
  u4: Uint32Array,
  i2: Int16Array,
  u2: Uint16Array,
  i1: Int8Array,
  u1: Uint8Array,
  b1: Uint8Array,
};

/** One block copy, which also ends any misalignment; undefined when the numbers are spread, big-endian or have no typed array. */
function denseNumbers({ dtype, bytes, offset, stride, count }: NumberColumn): DenseNumbers | undefined {
  const size = dtype.itemSize;
  if (stride !== size || !(dtype.littleEndian || size === 1)) return undefined;
  const name = dtype.kind + size;
  const type = Object.hasOwn(denseTypes, name) ? denseTypes[name] : undefined;
  if (!type) return undefined;
  const copy = new Uint8Array(count * size);
  copy.set(bytes.subarray(offset, offset + count * size));
  return new type(copy.buffer);
}

/** One loop per type keeps each of them compiled to plain loads. */
function readInto({ dtype, bytes, offset, stride, count }: NumberColumn, out: Float64Array | Int32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const le = dtype.littleEndian;
  let at = offset;
  switch (dtype.kind + dtype.itemSize) {
    case 'f8':
      for (let i = 0; i < count; i++, at += stride) out[i] = view.getFloat64(at, le);
      return;
    case 'f4':
      for (let i = 0; i < count; i++, at += stride) out[i] = view.getFloat32(at, le);
      return;
    case 'f2':
      for (let i = 0; i < count; i++, at += stride) out[i] = halfToNumber(view.getUint16(at, le));
      return;
    case 'i8':
    case 'u8': {
      const [low, high] = le ? [0, 4] : [4, 0];
      const signed = dtype.kind === 'i';
      for (let i = 0; i < count; i++, at += stride) {
        const top = signed ? view.getInt32(at + high, le) : view.getUint32(at + high, le);
        out[i] = top * 4294967296 + view.getUint32(at + low, le);
      }
      return;
    }
    case 'i4':
      for (let i = 0; i < count; i++, at += stride) out[i] = view.getInt32(at, le);
      return;
    case 'u4':
      for (let i = 0; i < count; i++, at += stride) out[i] = view.getUint32(at, le);
      return;
    case 'i2':
      for (let i = 0; i < count; i++, at += stride) out[i] = view.getInt16(at, le);
      return;
    case 'u2':
      for (let i = 0; i < count; i++, at += stride) out[i] = view.getUint16(at, le);
      return;
    case 'i1':
      for (let i = 0; i < count; i++, at += stride) out[i] = view.getInt8(at);
      return;
    case 'u1':
    case 'b1':
      for (let i = 0; i < count; i++, at += stride) out[i] = bytes[at] as number;
      return;
    default:
      throw notNumeric(dtype, 'numbers');
  }
}

function int64ToInt32({ dtype, bytes, offset, stride, count }: NumberColumn): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const le = dtype.littleEndian;
  const [low, high] = le ? [0, 4] : [4, 0];
  const signed = dtype.kind === 'i';
  const out = new Int32Array(count);
  for (let i = 0, at = offset; i < count; i++, at += stride) {
    const value = view.getInt32(at + low, le);
    const top = view.getInt32(at + high, le);
    if (signed ? top !== value >> 31 : top !== 0 || value < 0) throw tooWide();
    out[i] = value;
  }
  return out;
}

function float64ToInt32(values: Float64Array): Int32Array {
  const out = Int32Array.from(values);
  for (let i = 0; i < out.length; i++) if (out[i] !== values[i]) throw tooWide();
  return out;
}

/** IEEE 754 half precision: 1 sign, 5 exponent, 10 fraction bits. */
export function halfToNumber(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function tooWide() {
  return fail('CORRUPT_FILE', {
    format: 'numpy',
    problem: 'an integer is outside of the 32-bit range that is expected here',
  });
}

function notNumeric(dtype: Dtype, expected: string) {
  return fail('CORRUPT_FILE', {
    format: 'numpy',
    problem: `expected ${expected}, found an array of dtype ${describeDtype(dtype)}`,
  });
}
