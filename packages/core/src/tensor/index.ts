export { arrays, zeros, type NumberData } from './arrays.ts';
export { joinRows, sliceRows } from './rows.ts';
export {
  float32,
  float64,
  int64,
  rowsOf,
  sizeOf,
  strings,
  tensor,
  type DType,
  type Tensor,
  type TensorData,
} from './tensor.ts';
