import { ops, type Value } from '../../../ir/index.ts';
import type { SearchTree } from '../../../ir/ops/index.ts';
import { itemsOf, NdArray, numbersOf, PyTuple, type Fitted } from '../fitted.ts';
import { exponentOf, type Distances } from './metric.ts';

/** What one kind of search of the library needs to decide ties as it does. */
export interface Search {
  readonly tree: SearchTree;
  readonly bounds: Value;
}

type DistancesTo = (points: Float64Array) => Distances;

/** The KDTree or BallTree in `_tree`, with the lower bound of the distance to each of its nodes. */
export function searchOf(fitted: Fitted, x: Value, points: number, distancesTo: DistancesTo): Search {
  const object = fitted.object_('_tree');
  const state = object.state instanceof PyTuple ? itemsOf(object.state) : undefined;
  const [, order, nodes, bounds] = state ?? [];
  if (!(order instanceof NdArray) || !(nodes instanceof NdArray)) throw fitted.wrong('_tree', 'a search tree');
  const tree = treeOf(order.toInt32(), nodes);
  if (!tree || !isTree(tree, points)) throw fitted.wrong('_tree', `a search tree over ${points} rows`);
  const corners = numbersOf(bounds);
  const count = tree.isLeaf.length;
  const size = count * x.width;
  if (!corners || (corners.data.length !== size && corners.data.length !== 2 * size)) {
    throw fitted.wrong('_tree', `bounds of ${count} nodes`);
  }
  if (corners.shape[0] === 2) {
    return { tree, bounds: boxBounds(fitted, x, corners.data.slice(0, size), corners.data.slice(size)) };
  }
  const radius = nodes.fieldFloat64('radius');
  if (!radius) throw fitted.wrong('_tree', 'the radius of each node');
  return { tree, bounds: ballBounds(distancesTo(corners.data), radius) };
}

function treeOf(order: Int32Array, nodes: NdArray): SearchTree | undefined {
  const start = nodes.fieldInt32('idx_start');
  const end = nodes.fieldInt32('idx_end');
  const isLeaf = nodes.fieldInt32('is_leaf');
  return start && end && isLeaf ? { order, start, end, isLeaf: Uint8Array.from(isLeaf) } : undefined;
}

/** Every point is in exactly one leaf, and children share what their parent has. */
function isTree({ order, start, end, isLeaf }: SearchTree, points: number): boolean {
  if (order.length !== points || new Set(order).size !== points) return false;
  if (order.some((at) => at < 0 || at >= points) || start[0] !== 0 || end[0] !== points) return false;
  const open = [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isLeaf[node]) continue;
    const left = 2 * node + 1;
    const right = left + 1;
    if (right >= isLeaf.length) return false;
    if (start[left] !== start[node] || end[right] !== end[node] || end[left] !== start[right]) return false;
    if ((end[left] as number) < (start[left] as number) || (end[right] as number) < (start[right] as number))
      return false;
    open.push(left, right);
  }
  return true;
}

/** Of a KDTree: how far x lies outside of a node's box. */
function boxBounds(fitted: Fitted, x: Value, lower: Float64Array, upper: Float64Array): Value {
  switch (fitted.raw('effective_metric_')) {
    case 'manhattan':
    case 'cityblock':
    case 'l1':
      return ops.compare(x, lower, { kind: 'absolutes' }, { upper });
    case 'chebyshev':
    case 'infinity':
      return ops.compare(x, lower, { kind: 'largest' }, { upper });
    case 'minkowski':
    case 'p':
      return ops.compare(x, lower, { kind: 'powers', exponent: exponentOf(fitted) }, { upper });
    default:
      return ops.compare(x, lower, { kind: 'squares' }, { upper });
  }
}

/** Of a BallTree: the distance to a node's centre less its radius. */
function ballBounds({ reduced, root }: Distances, radius: Float64Array): Value {
  const outside = ops.maximum(ops.subtract(root(reduced), radius), 0);
  return ops.multiply(outside, outside);
}
