import { tensor, type DType, type Tensor, type TensorData } from '../../tensor/index.ts';

type Numbers = Exclude<TensorData, readonly string[]>;

/** How each dtype lies in memory. */
export const arrays: Readonly<Record<Exclude<DType, 'string'>, new (buffer: ArrayBuffer) => Numbers>> = {
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

/**
 * The tensor in the dtype that the graph declares. Executors of single rows keep every number as float64, whatever the
 * dtype; what they hold is exact in the declared one.
 */
export function castTo(dtype: DType, given: Tensor): Tensor {
  const { shape, data } = given;
  if (dtype === 'string' || given.dtype === 'string' || !(data instanceof Float64Array)) return given;
  switch (dtype) {
    case 'float64':
      return given.dtype === 'float64' ? given : tensor(dtype, shape, data);
    case 'float32':
      return tensor(dtype, shape, Float32Array.from(data));
    case 'float16':
      return tensor(dtype, shape, new Uint16Array(Float16Array.from(data).buffer));
    case 'bfloat16':
      return tensor(
        dtype,
        shape,
        Uint16Array.from(new Uint32Array(Float32Array.from(data).buffer), (bits) => bits >>> 16),
      );
    case 'int64':
      return tensor(dtype, shape, BigInt64Array.from(data, BigInt));
    case 'uint64':
      return tensor(dtype, shape, BigUint64Array.from(data, BigInt));
    case 'bool':
      return tensor(
        dtype,
        shape,
        Uint8Array.from(data, (value) => (value === 0 ? 0 : 1)),
      );
    case 'int8':
      return tensor(dtype, shape, Int8Array.from(data));
    case 'int16':
      return tensor(dtype, shape, Int16Array.from(data));
    case 'int32':
      return tensor(dtype, shape, Int32Array.from(data));
    case 'uint8':
      return tensor(dtype, shape, Uint8Array.from(data));
    case 'uint16':
      return tensor(dtype, shape, Uint16Array.from(data));
    case 'uint32':
      return tensor(dtype, shape, Uint32Array.from(data));
  }
}
