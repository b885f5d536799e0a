import { sizeOf, type DType, type Tensor, type TensorData } from './tensor.ts';

/** Numbers as they lie in memory. */
export type NumberData = Exclude<TensorData, readonly string[]>;

interface ArrayMaker {
  new (length: number): NumberData;
  new (buffer: ArrayBuffer): NumberData;
}

/** How each dtype lies in memory: half floats by their bits, bool as 0 and 1. */
export const arrays: Readonly<Record<Exclude<DType, 'string'>, ArrayMaker>> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Zeros, or empty texts. */
export function zeros(dtype: DType, shape: readonly number[]): Tensor {
  const length = sizeOf(shape);
  const data = dtype === 'string' ? Array.from({ length }, () => '') : new arrays[dtype](length);
  return { dtype, shape, data };
}
