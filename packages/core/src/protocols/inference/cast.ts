import { tensor, type DType, type Tensor } from '../../tensor/index.ts';

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
