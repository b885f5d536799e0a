/** Element types, named as NumPy names them. Wire names (`FP32`, `DT_FLOAT`) exist only in a protocol's own file. */
export type DType =
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[];

/** Numbers or strings with a shape, row-major. float16 and bfloat16 hold their bits in a Uint16Array, bool is 0/1 in a Uint8Array. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

export function tensor(dtype: DType, shape: readonly number[], data: TensorData): Tensor {
  if (data.length !== sizeOf(shape)) {
    throw new Error(`a tensor of shape [${shape.join(', ')}] needs ${sizeOf(shape)} elements, not ${data.length}`);
  }
  return { dtype, shape, data };
}

export function float64(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor {
  return tensor('float64', shape, values instanceof Float64Array ? values : Float64Array.from(values));
}

export function float32(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor {
  return tensor('float32', shape, values instanceof Float32Array ? values : Float32Array.from(values));
}

export function int64(values: ArrayLike<number | bigint>, shape: readonly number[] = [values.length]): Tensor {
  return tensor('int64', shape, BigInt64Array.from(Array.from(values, BigInt)));
}

export function strings(values: readonly string[], shape: readonly number[] = [values.length]): Tensor {
  return tensor('string', shape, values);
}

/** Rows start..end of a tensor, as a view where the data allows one. */
export function rowsOf({ dtype, shape, data }: Tensor, start: number, end: number): Tensor {
  const [, ...dims] = shape;
  const width = sizeOf(dims);
  const from = start * width;
  const to = end * width;
  const part = Array.isArray(data)
    ? (data as readonly string[]).slice(from, to)
    : (data as Float64Array).subarray(from, to);
  return { dtype, shape: [end - start, ...dims], data: part };
}
