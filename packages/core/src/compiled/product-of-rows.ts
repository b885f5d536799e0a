import { floatOf, intOf, type Node } from '../onnx/index.ts';
import { sizeOf, type Tensor } from '../tensor/index.ts';
import type { ResultType } from './context.ts';

/** Smaller products are not worth the call. */
const fewest = 16;
/** Wider ones leave no room for several rows in a block. */
const widest = 4096;

/**
 * A product of the rows of the batch with a constant matrix, in float64, which is faster for many rows at once.
 * `batch` gives dtype and shape for one row, undefined where the value is no batch.
 */
export function isProductOfRows(
  node: Node,
  constants: ReadonlyMap<string, Tensor>,
  batch: (name: string) => ResultType | undefined,
): boolean {
  const { op, domain, inputs } = node;
  if (domain !== '' || (op !== 'MatMul' && op !== 'Gemm')) return false;
  const [given = '', weights = '', added = ''] = inputs;
  const matrix = constants.get(weights);
  if (matrix?.shape.length !== 2 || !(matrix.data instanceof Float64Array)) return false;
  const size = sizeOf(matrix.shape);
  const [rows = 0, columns = 0] = matrix.shape;
  if (size < fewest || rows + columns > widest) return false;
  // What is scaled or added afterwards must not come from the loop that has ended.
  if (op === 'Gemm' && (intOf(node, 'transA', 0) !== 0 || floatOf(node, 'alpha', 1) !== 1)) return false;
  if (added !== '' && !constants.has(added)) return false;
  if (constants.has(given)) return false;
  const x = batch(given);
  return x?.dtype === 'float64' && x.shape.length === 2 && x.shape[0] === 1;
}
