import { fail } from '../errors/index.ts';
import type { DType, TensorData } from '../tensor/index.ts';

/** TensorProto.DataType of onnx.proto ↔ our dtypes, with the bytes an element takes in raw_data (0: strings have none). */
const table: readonly (readonly [DType, number, number])[] = [
  ['float32', 1, 4],
  ['uint8', 2, 1],
  ['int8', 3, 1],
  ['uint16', 4, 2],
  ['int16', 5, 2],
  ['int32', 6, 4],
  ['int64', 7, 8],
  ['string', 8, 0],
  ['bool', 9, 1],
  ['float16', 10, 2],
  ['float64', 11, 8],
  ['uint32', 12, 4],
  ['uint64', 13, 8],
  ['bfloat16', 16, 2],
];
const codes = new Map(table.map(([dtype, code]) => [dtype, code]));
const dtypes = new Map(table.map(([dtype, code]) => [code, dtype]));
const sizes = new Map(table.map(([dtype, , bytes]) => [dtype, bytes]));

/** Number of a dtype in onnx.proto. */
export function codeOf(dtype: DType): number {
  return codes.get(dtype) as number;
}

/** Element types of onnx.proto that no JavaScript runtime takes. */
const others: Readonly<Record<number, string>> = {
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
};

/** The dtype of a number in onnx.proto; complex, float8 and types below 8 bits are refused by name. */
export function dtypeOf(code: number): DType {
  const dtype = dtypes.get(code);
  if (dtype !== undefined) return dtype;
  const name = others[code];
  if (name === undefined) throw fail('INVALID_GRAPH', { problem: `element type ${code} does not exist.` });
  throw fail('UNSUPPORTED_FORMAT', {
    what: `An ONNX tensor of ${name}`,
    why: 'the runtimes take floats of 16 bits or more, integers of 8 bits or more, booleans and strings.',
    advice: 'Export or quantise the model with one of those, such as float16 or int8.',
  });
}

/** Bytes of an element in raw_data; 0 for strings. */
export function bytesOf(dtype: DType): number {
  return sizes.get(dtype) as number;
}

/** An array of a dtype over bytes of a file (little-endian), without a copy where the bytes are aligned. */
export function viewOf(dtype: DType, bytes: Uint8Array): Exclude<TensorData, readonly string[]> {
  const size = bytesOf(dtype);
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset } = aligned;
  return new arrayOf[dtype as Exclude<DType, 'string'>](buffer as ArrayBuffer, byteOffset, aligned.length / size);
}

/** The typed array class that holds a dtype's elements. */
export const arrayOf = {
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Record<Exclude<DType, 'string'>, unknown>;
