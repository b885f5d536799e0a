import type { GraphBuilder } from '../../onnx/index.ts';
import { int64, float64 } from '../../tensor/index.ts';
import { leafOf, type TreeEnsemble } from '../trees.ts';
import { value, type Op, type Row, type Value } from '../value.ts';
import { constantTensor, numbersOf, onnxType } from './numbers.ts';

interface Forest {
  readonly trees: TreeEnsemble;
  /** Added before the first tree, as the libraries do; one number per column of the result. */
  readonly base: Float64Array | undefined;
  /** Columns of the result that trees take turns in: tree t adds to column t % turns. 1 where leaves hold all columns. */
  readonly turns: number;
}

const forestOp: Op<Forest> = {
  id: 'forest',
  evaluate({ trees, base, turns }, [x], { dtype, width }) {
    const row = numbersOf(x as Row);
    const round = dtype === 'float32' ? Math.fround : (sum: number) => sum;
    const result = Float64Array.from({ length: width }, (_, k) => base?.[k] ?? 0);
    for (let t = 0; t < trees.roots.length; t++) {
      const at = (trees.leaf[leafOf(trees, t, row)] as number) * trees.outputs;
      for (let k = 0; k < trees.outputs; k++) {
        const column = turns > 1 ? t % turns : k;
        result[column] = round((result[column] as number) + (trees.values[at + k] as number));
      }
    }
    return result;
  },
  emit(graph, { trees, base, turns }, [x], { dtype, width }) {
    const { ordinals, table, rows } = emitLeaves(graph, trees, base, turns, x as string);
    const leaves = graph.node(
      'Gather',
      [graph.constant(constantTensor(table, dtype, [rows, trees.outputs])), ordinals],
      { axis: 0 },
    );
    const total = turns > 1 ? graph.node('Reshape', [leaves, graph.constant(int64([0, -1, width]))]) : leaves;
    return graph.node('ReduceSum', [total, graph.constant(int64([1]))], { keepdims: 0 });
  },
  demand: (_params, _demands, { inputs: [x] }) => [Array.from({ length: (x as Value).width }, () => ({}))],
};

/** Sum over all trees, in their order; the base comes first. float32 results are rounded after each addition. */
export function forest(
  x: Value,
  trees: TreeEnsemble,
  {
    base,
    turns = 1,
    dtype = 'float64',
  }: { base?: ArrayLike<number>; turns?: number; dtype?: 'float64' | 'float32' } = {},
): Value {
  if (trees.roots.length % turns) throw new Error(`${trees.roots.length} trees cannot take ${turns} turns`);
  if (turns > 1 && trees.outputs > 1) throw new Error('trees that take turns have one output');
  const params: Forest = { trees, base: base ? Float64Array.from(base) : undefined, turns };
  return value(forestOp, params, [x], dtype, turns > 1 ? turns : trees.outputs);
}

const eachTreeOp: Op<TreeEnsemble> = {
  id: 'eachTree',
  evaluate(trees, [x]) {
    const row = numbersOf(x as Row);
    const result = new Float64Array(trees.roots.length * trees.outputs);
    for (let t = 0; t < trees.roots.length; t++) {
      const at = (trees.leaf[leafOf(trees, t, row)] as number) * trees.outputs;
      for (let k = 0; k < trees.outputs; k++) result[t * trees.outputs + k] = trees.values[at + k] as number;
    }
    return result;
  },
  emit(graph, trees, [x], { width }) {
    const { ordinals, table, rows } = emitLeaves(graph, trees, undefined, 1, x as string);
    const leaves = graph.node('Gather', [graph.constant(float64(table, [rows, trees.outputs])), ordinals], { axis: 0 });
    return graph.node('Reshape', [leaves, graph.constant(int64([-1, width]))]);
  },
  demand: (_params, _demands, { inputs: [x] }) => [Array.from({ length: (x as Value).width }, () => ({}))],
};

/** The outputs of every tree side by side: `[N, trees * outputs]`. */
export function eachTree(x: Value, trees: TreeEnsemble): Value {
  return value(eachTreeOp, trees, [x], 'float64', trees.roots.length * trees.outputs);
}

/**
 * Leaf-index encoding: TreeEnsembleRegressor has float outputs only, so each tree gives the ordinal
 * of its leaf (exact in float32 below 2^24), and a table in the full precision gives the outputs.
 */
function emitLeaves(
  graph: GraphBuilder,
  trees: TreeEnsemble,
  base: Float64Array | undefined,
  turns: number,
  x: string,
) {
  const extra = base ? turns : 0; // the base enters as single-leaf trees in front
  const nodes = trees.feature.length + extra;
  const count = trees.roots.length + extra;
  const ids = {
    tree: new Int32Array(nodes),
    node: new Int32Array(nodes),
    feature: new Int32Array(nodes),
    yes: new Int32Array(nodes),
    no: new Int32Array(nodes),
    missing: new Int32Array(nodes),
  };
  const thresholds = new Float64Array(nodes);
  const modes = Array<string>(nodes).fill('LEAF');
  const leaves = trees.values.length / trees.outputs + extra;
  const leafTree = new Int32Array(leaves);
  const leafNode = new Int32Array(leaves);
  const weights = new Float64Array(leaves);
  const offsets = new Float64Array(count);
  const table = new Float64Array(leaves * trees.outputs);
  for (let i = 0; i < extra; i++) {
    ids.tree[i] = leafTree[i] = offsets[i] = i;
    for (let k = 0; k < trees.outputs; k++) table[i * trees.outputs + k] = base?.[turns > 1 ? i : k] ?? 0;
  }
  table.set(trees.values, extra * trees.outputs);
  const branch = trees.rule === '<=' ? 'BRANCH_LEQ' : 'BRANCH_LT';
  let leaf = extra;
  for (let t = 0; t < trees.roots.length; t++) {
    const root = trees.roots[t] as number;
    const end = trees.roots[t + 1] ?? trees.feature.length;
    offsets[extra + t] = leaf;
    for (let i = root; i < end; i++) {
      const at = extra + i;
      ids.tree[at] = extra + t;
      ids.node[at] = i - root;
      if ((trees.feature[i] as number) < 0) {
        leafTree[leaf] = extra + t;
        leafNode[leaf] = i - root;
        weights[leaf] = leaf - (offsets[extra + t] as number);
        leaf++;
        continue;
      }
      modes[at] = branch;
      ids.feature[at] = trees.feature[i] as number;
      ids.yes[at] = (trees.left[i] as number) - root;
      ids.no[at] = (trees.right[i] as number) - root;
      ids.missing[at] = trees.missingLeft[i] as number;
      thresholds[at] = trees.threshold[i] as number;
    }
  }
  const ordinals = graph.node(
    'TreeEnsembleRegressor',
    [x],
    {
      n_targets: count,
      aggregate_function: 'SUM',
      post_transform: 'NONE',
      nodes_treeids: ids.tree,
      nodes_nodeids: ids.node,
      nodes_featureids: ids.feature,
      nodes_modes: modes,
      nodes_truenodeids: ids.yes,
      nodes_falsenodeids: ids.no,
      nodes_missing_value_tracks_true: ids.missing,
      nodes_values_as_tensor: float64(thresholds),
      target_treeids: leafTree,
      target_nodeids: leafNode,
      target_ids: leafTree,
      target_weights_as_tensor: float64(weights),
    },
    { domain: 'ai.onnx.ml' },
  );
  const indices = graph.node('Add', [
    graph.node('Cast', [ordinals], { to: onnxType.int64 }),
    graph.constant(int64(offsets, [1, count])),
  ]);
  return { ordinals: indices, table, rows: leaves };
}
