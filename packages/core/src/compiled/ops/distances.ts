import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { result, type NodeContext } from '../context.ts';
import type { Value } from '../value.ts';
import { bySums } from './dense.ts';

/**
 * The sums of (x − W)² over the rows of a constant W, where that is what is to be reduced: squared distances from a
 * row to points, summed from the first column to the last.
 */
export function squaredDistances(context: NodeContext, terms: Value, axes: readonly number[]): Value | undefined {
  const { made } = differenceOf(context, terms) ?? {};
  const [left, right] = made?.inputs ?? [];
  if (made?.op !== 'Sub' || !left || !right || terms.dtype !== 'float64') return undefined;
  const [x, points] = right.tensor ? [left, right] : [right, left];
  const [depth, columns] = terms.shape.slice(-2) as [number, number];
  const { tensor } = points;
  const isRow = terms.shape.length === 3 && terms.shape[0] === 1 && axes.length === 1 && axes[0] === 1;
  if (!isRow || !tensor || x.tensor || x.shape.at(-1) !== 1 || sizeOf(x.shape) !== depth) return undefined;
  if (sizeOf(tensor.shape) !== depth * columns || columns === 1) return undefined;
  const matrix = context.code.program.derived(tensor, 'points', (): Tensor => ({ ...tensor, shape: [depth, columns] }));
  return bySums(context, x, matrix, result(context).shape, 'distance');
}

/** What is squared: by the reduction, or before it. */
function differenceOf({ node }: NodeContext, terms: Value): Value | undefined {
  if (node.op === 'ReduceSumSquare') return terms;
  const [a, b] = terms.made?.inputs ?? [];
  return node.op === 'ReduceSum' && terms.made?.op === 'Mul' && a === b ? a : undefined;
}
