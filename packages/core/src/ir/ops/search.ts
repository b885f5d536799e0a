import { value, type Op, type Value } from '../value.ts';
import { evaluateLazily } from './lazy.ts';
import { numbersOf } from './numbers.ts';
import { emitSearch } from './search-emit.ts';

/** A binary search tree over points: node i has the children 2i + 1 and 2i + 2. */
export interface SearchTree {
  /** Points in the order of the leaves. */
  readonly order: Int32Array;
  /** Each node's stretch of `order`. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly isLeaf: Uint8Array;
}

/** Which of equally near points are taken: the first ones, or those that a search leaves on its heap. */
export type Ties = 'first' | 'heap' | { readonly tree: SearchTree; readonly bounds: Value };

export interface Search {
  readonly count: number;
  readonly usesHeap: boolean;
  readonly tree: SearchTree | undefined;
  /** What the following values are computed from. */
  readonly x: Value;
  /** Distances to all points [N, points], or what orders them as the distances do. */
  readonly distances: Value;
  /** Lower bounds of the distance to each node of the tree, [N, nodes]. */
  readonly bounds: Value | undefined;
  /** The points, where distances are Σ (x − p)²: most of them are then ruled out by a matrix product. */
  readonly points: Float64Array | undefined;
}

/**
 * Which points are the nearest is plain where distances differ. Of equal ones scikit-learn keeps what its search
 * leaves in a heap, so ties need the same search: points in the order of the tree (the nearer child first), each
 * pushed on a heap that drops its largest.
 */
const nearestOp: Op<Search> = {
  id: 'nearest',
  evaluate({ count, usesHeap, tree, x, distances, bounds }, [row, given]) {
    const all = numbersOf(given ?? evaluateLazily(distances, x, row as Float64Array));
    if (!usesHeap) {
      const order = [...all.keys()].sort((a, b) => (all[a] as number) - (all[b] as number) || a - b);
      return Float64Array.from(order.slice(0, count));
    }
    const heap = { values: new Float64Array(count).fill(Infinity), positions: new Float64Array(count) };
    if (!tree || !bounds) all.forEach((distance, at) => push(heap, distance, at));
    else {
      const lower = numbersOf(evaluateLazily(bounds, x, row as Float64Array));
      for (const at of visits(tree, lower)) push(heap, all[at] as number, at);
    }
    return heap.positions;
  },
  emit: (graph, search, [x, distances]) => emitSearch(graph, search, x as string, distances),
};

interface Heap {
  readonly values: Float64Array;
  readonly positions: Float64Array;
}

/** scikit-learn's `heap_push`: replaces the largest, and sinks; of equal children the left one comes up. */
function push({ values, positions }: Heap, distance: number, position: number): void {
  if (distance >= (values[0] as number)) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    if (left >= values.length) break;
    const next = right >= values.length || (values[left] as number) >= (values[right] as number) ? left : right;
    if (distance >= (values[next] as number)) break;
    values[at] = values[next] as number;
    positions[at] = positions[next] as number;
    at = next;
  }
  values[at] = distance;
  positions[at] = position;
}

function* visits(tree: SearchTree, bounds: Float64Array, node = 0): Generator<number> {
  if (tree.isLeaf[node]) {
    for (let i = tree.start[node] as number; i < (tree.end[node] as number); i++) yield tree.order[i] as number;
    return;
  }
  const left = 2 * node + 1;
  const children = (bounds[left] as number) <= (bounds[left + 1] as number) ? [left, left + 1] : [left + 1, left];
  for (const child of children) yield* visits(tree, bounds, child);
}

/**
 * Positions of the `count` points nearest to x, int64 [N, count] in no certain order. `distances` [N, points] hang on x.
 *
 * 'heap' takes points in their own order (scikit-learn's brute force), a tree as its KDTree and BallTree search it.
 * `points` may be given where distances are Σ (x − p)²: then only some of them are computed.
 */
export function nearest(x: Value, distances: Value, count: number, ties: Ties, points?: Float64Array): Value {
  if (!(count >= 1 && count <= distances.width)) throw new Error(`the ${count} nearest of ${distances.width}`);
  const search: Search = {
    count,
    usesHeap: ties !== 'first',
    tree: typeof ties === 'object' ? ties.tree : undefined,
    bounds: typeof ties === 'object' ? ties.bounds : undefined,
    x,
    distances,
    points,
  };
  return value(nearestOp, search, points ? [x] : [x, distances], 'int64', count);
}
