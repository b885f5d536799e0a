import { intOf, intsOf, readTreeEnsemble, type Graph, type Node, type TreeEnsemble } from '../../onnx/index.ts';
import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { layOut, type Forest } from './forest.ts';

/** What the search for patterns needs to know about a graph. */
export interface GraphView {
  readonly graph: Graph;
  /** The shape of a value with one row, where it is known. */
  shapeOf(name: string): readonly number[] | undefined;
  isFloat(name: string): boolean;
  tensorOf(name: string): Tensor | undefined;
}

/** A part of a graph that one forest computes: from the features to the sums. */
export interface FusedForest {
  readonly input: string;
  readonly output: string;
  /** Nodes that it replaces. */
  readonly nodes: ReadonlySet<Node>;
  readonly forest: Forest;
  readonly dtype: 'float32' | 'float64';
}

/**
 * Finds the leaf-index encoding: a TreeEnsembleRegressor in which each tree has a target of its own and gives the
 * ordinal of its leaf; then Cast, Add (where the tree's leaves begin), Gather from a table, Reshape, ReduceSum.
 */
export function fusedForests(view: GraphView): FusedForest[] {
  const consumers = consumersOf(view.graph);
  return view.graph.nodes.flatMap((node) => {
    if (node.op !== 'TreeEnsembleRegressor' || node.domain !== 'ai.onnx.ml') return [];
    const found = fuse(view, node, consumers);
    return found ? [found] : [];
  });
}

function fuse(
  view: GraphView,
  ensemble: Node,
  consumers: ReadonlyMap<string, Node | 'several'>,
): FusedForest | undefined {
  const nodes = new Set([ensemble]);
  let last = ensemble;
  const follow = (op: string, accepts: (node: Node) => boolean = () => true): Node | undefined => {
    const next = consumers.get(last.outputs[0] ?? '');
    if (next === undefined || next === 'several' || next.op !== op || next.domain !== '' || !accepts(next))
      return undefined;
    nodes.add(next);
    last = next;
    return next;
  };

  // Integers are compared in float32 by ONNX Runtime, which is another rule.
  if (!view.isFloat(ensemble.inputs[0] ?? '')) return undefined;
  const features = view.shapeOf(ensemble.inputs[0] ?? '')?.at(-1);
  if (features === undefined) return undefined;
  const trees = readTreeEnsemble(ensemble, features);
  const count = trees.targets;
  if (!follow('Cast', (node) => intOf(node, 'to') === 7)) return undefined;
  const cast = last.outputs[0];
  const add = follow('Add');
  const offsets = add ? view.tensorOf(add.inputs[add.inputs[0] === cast ? 1 : 0] ?? '') : undefined;
  if (add && (!offsets || offsets.dtype !== 'int64' || (offsets.data.length !== count && offsets.data.length !== 1)))
    return undefined;
  const places = last.outputs[0];
  const gather = follow('Gather', (node) => intOf(node, 'axis', 0) === 0 && node.inputs[1] === places);
  const table = gather && view.tensorOf(gather.inputs[0] ?? '');
  if (!gather || !table || table.shape.length > 2 || (table.dtype !== 'float64' && table.dtype !== 'float32'))
    return undefined;
  const width = table.shape[1] ?? 1;

  const ordinals = ordinalLeaves(trees);
  if (!ordinals) return undefined;
  const rows = sizeOf(table.shape) / width;
  const offsetOf = (target: number) => Number(offsets?.data[offsets.data.length === 1 ? 0 : target] ?? 0);
  let isInside = true;
  const layout = layOut(trees, (leaf, tree) => {
    const row = ordinals.ordinal[leaf]! + offsetOf(ordinals.target[tree] as number);
    isInside &&= row >= 0 && row < rows;
    return row;
  });
  if (!layout || !isInside) return undefined;

  follow('Reshape');
  const shape = view.shapeOf(last.outputs[0] ?? '');
  if (!shape || shape[0] !== 1 || sizeOf(shape) !== count * width) return undefined;
  const sum = follow('ReduceSum');
  const axis = sum ? summedAxis(view, sum, shape.length) : undefined;
  if (sum && (axis === undefined || axis === 0)) return undefined;

  // Element f of the flat [tree, column] values is added to this column of the result.
  const summed = axis === undefined ? 1 : (shape[axis] as number);
  const inner = axis === undefined ? 1 : sizeOf(shape.slice(axis + 1));
  const columnOf = (f: number) => Math.floor(f / (summed * inner)) * inner + (f % inner);
  const base = ordinals.target.map((target) => columnOf(target * width));
  const runsOn = ordinals.target.every((target, tree) =>
    Array.from({ length: width }).every((_, k) => columnOf(target * width + k) === (base[tree] as number) + k),
  );
  const isOrdered = ordinals.target.every((target, tree) => target === tree);
  if (!runsOn || !isOrdered) return undefined;
  return {
    input: ensemble.inputs[0] ?? '',
    output: last.outputs[0] ?? '',
    nodes,
    forest: {
      ...layout,
      table: table.data instanceof Float64Array ? table.data : new Float64Array(table.data as Float32Array),
      width,
      base,
      outputs: sizeOf(shape) / summed,
    },
    dtype: table.dtype,
  };
}

/** The ordinal of each leaf and the target of each tree, if the ensemble gives leaf ordinals and nothing else. */
function ordinalLeaves(trees: TreeEnsemble): { ordinal: Int32Array; target: Int32Array } | undefined {
  if (trees.aggregate !== 'SUM' || trees.postTransform !== 'NONE') return undefined;
  if (trees.roots.length !== trees.targets || trees.baseValues.some((value) => value !== 0)) return undefined;
  const ordinal = new Int32Array(trees.mode.length);
  const target = new Int32Array(trees.roots.length).fill(-1);
  const taken = new Uint8Array(trees.targets);
  for (let tree = 0; tree < trees.roots.length; tree++) {
    const end = trees.roots[tree + 1] ?? trees.mode.length;
    for (let node = trees.roots[tree] as number; node < end; node++) {
      if (trees.mode[node] !== 0) continue;
      const at = trees.weightStart[node] as number;
      const weight = trees.weights[at] as number;
      if (trees.weightStart[node + 1] !== at + 1 || !Number.isInteger(weight) || Math.abs(weight) > 2 ** 24)
        return undefined;
      const leafTarget = trees.weightTarget[at] as number;
      if (target[tree] !== -1 && target[tree] !== leafTarget) return undefined;
      target[tree] = leafTarget;
      ordinal[node] = weight;
    }
    const own = target[tree] as number;
    if (taken[own] !== 0) return undefined;
    taken[own] = 1;
  }
  return { ordinal, target };
}

function summedAxis(view: GraphView, node: Node, rank: number): number | undefined {
  const stated = intsOf(node, 'axes') ?? (view.tensorOf(node.inputs[1] ?? '')?.data as BigInt64Array | undefined);
  if (stated?.length !== 1) return undefined;
  const axis = Number(stated[0]);
  return axis < 0 ? axis + rank : axis;
}

/** The one node that uses a value; `several` also where it is an output. */
function consumersOf(graph: Graph): ReadonlyMap<string, Node | 'several'> {
  const consumers = new Map<string, Node | 'several'>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) consumers.set(name, consumers.has(name) ? 'several' : node);
  }
  for (const { name } of graph.outputs) consumers.set(name, 'several');
  return consumers;
}
