import type { TensorData } from '../../tensor/index.ts';
import type { ImageStep } from './step.ts';

type Make = (values: ArrayLike<number>, length?: number) => TensorData;

/** Typed arrays of numbers by dtype; with a length and no values, zeros. Half floats are their bits. */
export const arrays: Readonly<Record<ImageStep['dtype'], Make>> = {
  float64: (values, length) => (length === undefined ? Float64Array.from(values) : new Float64Array(length)),
  float32: (values, length) => (length === undefined ? Float32Array.from(values) : new Float32Array(length)),
  float16: (values, length) =>
    length === undefined ? new Uint16Array(Float16Array.from(values).buffer) : new Uint16Array(length),
  int8: (values, length) => (length === undefined ? Int8Array.from(values) : new Int8Array(length)),
  int16: (values, length) => (length === undefined ? Int16Array.from(values) : new Int16Array(length)),
  int32: (values, length) => (length === undefined ? Int32Array.from(values) : new Int32Array(length)),
  uint8: (values, length) => (length === undefined ? Uint8Array.from(values) : new Uint8Array(length)),
  uint16: (values, length) => (length === undefined ? Uint16Array.from(values) : new Uint16Array(length)),
  uint32: (values, length) => (length === undefined ? Uint32Array.from(values) : new Uint32Array(length)),
};
