import type { Tensor } from '../tensor/index.ts';

/** Reads element `row·width + offset` as a number, whatever the dtype. */
export function numberReader({ dtype, data }: Tensor, offset: number, width: number): (row: number) => number {
  // One closure per array type keeps each of them monomorphic.
  if (data instanceof Float64Array) return (row) => at(data, row * width + offset);
  if (data instanceof Float32Array) return (row) => at(data, row * width + offset);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return (row) => Number(at(data, row * width + offset));
  if (dtype === 'float16') {
    const halves = data as Uint16Array;
    const view = new Float16Array(halves.buffer, halves.byteOffset, halves.length);
    return (row) => at(view, row * width + offset);
  }
  if (dtype === 'bfloat16') return (row) => fromBfloat16(at(data as Uint16Array, row * width + offset));
  return (row) => at(data as Int32Array, row * width + offset);
}

/** Element access for tensors whose size was checked when they were made. */
export function at<T>(data: ArrayLike<T>, index: number): T {
  return data[index] as T;
}

function fromBfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] as number;
}
