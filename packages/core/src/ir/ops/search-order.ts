import type { GraphBuilder } from '../../onnx/index.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { onnxType } from './numbers.ts';
import type { SearchTree } from './search.ts';

/**
 * Distances [N, points] in the order in which a depth-first search visits the tree's points, and which points those are.
 *
 * A leaf comes after all points of every sibling that is visited first, on the way up: a sum over inner nodes.
 */
export function emitVisits(graph: GraphBuilder, tree: SearchTree, distances: string, bounds: string) {
  const total = tree.order.length;
  const { inner, leaves, leafOf, within } = layout(tree);
  const size = (node: number): number => (tree.end[node] as number) - (tree.start[node] as number);
  const before = new Float64Array(leaves);
  const change = new Float64Array(inner.length * leaves);
  inner.forEach(({ node, left, right }, j) => {
    for (const leaf of left) before[leaf] = (before[leaf] as number) + size(2 * node + 2);
    for (const leaf of left) change[j * leaves + leaf] = -size(2 * node + 2);
    for (const leaf of right) change[j * leaves + leaf] = size(2 * node + 1);
  });
  const first = graph.node('Gather', [distances, graph.constant(int64([0]))], { axis: 1 });
  let places = graph.node('Sub', [first, first]);
  if (inner.length) {
    const of = (child: number): string =>
      graph.node('Gather', [bounds, graph.constant(int64(inner.map(({ node }) => 2 * node + child)))], { axis: 1 });
    const isLeftFirst = graph.node('Cast', [graph.node('LessOrEqual', [of(1), of(2)])], { to: onnxType.float64 });
    const changed = graph.node('Gemm', [isLeftFirst, graph.constant(float64(change, [inner.length, leaves]))]);
    const offsets = graph.node('Add', [changed, graph.constant(float64(before, [1, leaves]))]);
    places = graph.node('Gather', [offsets, graph.constant(int64(leafOf))], { axis: 1 });
  }
  const spread = graph.node('Add', [places, graph.constant(float64(within, [1, total]))]);
  const target = graph.node('Cast', [spread], { to: onnxType.int64 });
  const none = graph.node('Sub', [target, target]);
  const range = int64(
    Array.from({ length: total }, (_, i) => i),
    [1, total],
  );
  const ids = graph.node('Add', [none, graph.constant(range)]);
  return {
    distances: graph.node('ScatterElements', [distances, target, distances], { axis: 1 }),
    ids: graph.node('ScatterElements', [none, target, ids], { axis: 1 }),
  };
}

interface Layout {
  /** Inner nodes, with the leaves below each child. */
  readonly inner: readonly {
    readonly node: number;
    readonly left: readonly number[];
    readonly right: readonly number[];
  }[];
  readonly leaves: number;
  /** By point: its leaf, and its place in that. */
  readonly leafOf: Int32Array;
  readonly within: Float64Array;
}

function layout(tree: SearchTree): Layout {
  const inner: Layout['inner'][number][] = [];
  let leaves = 0;
  const leafOf = new Int32Array(tree.order.length);
  const within = new Float64Array(tree.order.length);
  const walk = (node: number): number[] => {
    if (!tree.isLeaf[node]) {
      const left = walk(2 * node + 1);
      const right = walk(2 * node + 2);
      inner.push({ node, left, right });
      return [...left, ...right];
    }
    const start = tree.start[node] as number;
    for (let i = start; i < (tree.end[node] as number); i++) {
      leafOf[tree.order[i] as number] = leaves;
      within[tree.order[i] as number] = i - start;
    }
    return [leaves++];
  };
  walk(0);
  return { inner, leaves, leafOf, within };
}
