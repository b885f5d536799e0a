import { arrays, type TensorData } from '../../tensor/index.ts';
import type { ImageStep } from './step.ts';

/** The values in the dtype that the graph takes; half floats as their bits. */
export function valuesAs(dtype: ImageStep['dtype'], values: ArrayLike<number>): TensorData {
  if (dtype === 'float16') return new Uint16Array(Float16Array.from(values).buffer);
  const data = new arrays[dtype](values.length) as Float64Array;
  data.set(values);
  return data;
}
