import { fail } from '../errors/index.ts';
import { floatsOf, intOf, intsOf, stringOf, stringsOf, tensorOf } from './attributes.ts';
import type { Node } from './model.ts';

/** Names of node modes; their places are the numbers in `TreeEnsemble.mode`. */
export const treeModes = [
  'LEAF',
  'BRANCH_LEQ',
  'BRANCH_LT',
  'BRANCH_GTE',
  'BRANCH_GT',
  'BRANCH_EQ',
  'BRANCH_NEQ',
] as const;

/**
 * The trees of a TreeEnsembleRegressor or TreeEnsembleClassifier node as flat arrays, checked to be trees.
 *
 * Node numbers run over all trees in the order of the attributes; a leaf's weights are
 * `weights[weightStart[node]]` up to `weightStart[node + 1]`, in the order of the attributes.
 */
export interface TreeEnsemble {
  /** First node of each tree, in the order in which results are added. */
  readonly roots: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** Place in `treeModes`. */
  readonly mode: Uint8Array;
  /** Node where the comparison holds, and where it does not; −1 at leaves. */
  readonly whenTrue: Int32Array;
  readonly whenFalse: Int32Array;
  /** 1: a NaN goes where the comparison holds. */
  readonly missingTrue: Uint8Array;
  readonly weightStart: Int32Array;
  readonly weightTarget: Int32Array;
  readonly weights: Float64Array;
  readonly targets: number;
  /** Thresholds and weights were given in float64 (`*_as_tensor`). */
  readonly isDouble: boolean;
  readonly aggregate: string;
  readonly postTransform: string;
  readonly baseValues: Float64Array;
}

/** Reads and checks the attributes of a tree ensemble. `features`: how many columns its input has, where known. */
export function readTreeEnsemble(node: Node, features?: number): TreeEnsemble {
  const leafPrefix = node.op === 'TreeEnsembleClassifier' ? 'class' : 'target';
  const treeIds = ints(node, 'nodes_treeids');
  const nodeIds = ints(node, 'nodes_nodeids', treeIds.length);
  const count = treeIds.length;
  const feature = ints(node, 'nodes_featureids', count);
  const threshold = numbers(node, 'nodes_values', count);
  const mode = modesOf(node, count);
  const trueIds = ints(node, 'nodes_truenodeids', count);
  const falseIds = ints(node, 'nodes_falsenodeids', count);
  const missingTrue = Uint8Array.from(optionalInts(node, 'nodes_missing_value_tracks_true', count));
  const index = new NodeIndex(node, treeIds, nodeIds);
  const whenTrue = new Int32Array(count).fill(-1);
  const whenFalse = new Int32Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    if (mode[i] === 0) continue;
    const column = feature[i] as number;
    if (column < 0 || (features !== undefined && column >= features)) {
      throw invalid(node, `a node compares feature ${column} of ${features ?? 'unknown'}`);
    }
    whenTrue[i] = index.find(treeIds[i] as number, trueIds[i] as number);
    whenFalse[i] = index.find(treeIds[i] as number, falseIds[i] as number);
  }
  checkTrees(node, index.roots, count, whenTrue, whenFalse);
  const targets = targetsOf(node);
  return {
    roots: index.roots,
    feature,
    threshold: threshold.values,
    mode,
    whenTrue,
    whenFalse,
    missingTrue,
    ...leafWeights(node, leafPrefix, index, mode, targets),
    targets,
    isDouble: threshold.isDouble,
    aggregate: stringOf(node, 'aggregate_function', 'SUM'),
    postTransform: stringOf(node, 'post_transform', 'NONE'),
    baseValues: numbers(node, 'base_values', undefined).values,
  };
}

/** Numbers of nodes by tree and id. Trees lie one after the other, each beginning with its root. */
class NodeIndex {
  readonly roots: Int32Array;
  readonly #node: Node;
  readonly #starts = new Map<number, number>();
  readonly #nodeIds: Int32Array;
  readonly #ends: Map<number, number> = new Map();
  readonly #sparse = new Map<string, number>();

  constructor(node: Node, treeIds: Int32Array, nodeIds: Int32Array) {
    this.#node = node;
    this.#nodeIds = nodeIds;
    for (let i = 0; i < treeIds.length; i++) {
      const tree = treeIds[i] as number;
      const start = this.#starts.get(tree);
      if (start === undefined) this.#starts.set(tree, i);
      else if (treeIds[i - 1] !== tree) throw invalid(node, `the nodes of tree ${tree} do not lie together`);
      this.#ends.set(tree, i + 1);
      if (nodeIds[i] === i - (this.#starts.get(tree) as number)) continue;
      const key = `${tree}:${nodeIds[i]}`;
      if (this.#sparse.has(key)) throw invalid(node, `tree ${tree} has two nodes ${nodeIds[i]}`);
      this.#sparse.set(key, i);
    }
    this.roots = Int32Array.from(this.#starts.values());
  }

  find(tree: number, id: number): number {
    const start = this.#starts.get(tree);
    if (start !== undefined && id >= 0) {
      const direct = start + id;
      if (direct < (this.#ends.get(tree) as number) && this.#nodeIds[direct] === id) return direct;
      const found = this.#sparse.get(`${tree}:${id}`);
      if (found !== undefined) return found;
    }
    throw invalid(this.#node, `tree ${tree} has no node ${id}`);
  }
}

/** Every node but the roots is the child of exactly one node, and every node is reached from a root. */
function checkTrees(node: Node, roots: Int32Array, count: number, whenTrue: Int32Array, whenFalse: Int32Array): void {
  const parents = new Uint8Array(count);
  for (const children of [whenTrue, whenFalse]) {
    for (const child of children) {
      if (child < 0) continue;
      if (parents[child] !== 0) throw invalid(node, `node number ${child} is reached twice`);
      parents[child] = 1;
    }
  }
  for (const root of roots) if (parents[root] !== 0) throw invalid(node, 'the first node of a tree is not its root');
  let reached = 0;
  const open = new Int32Array(count);
  open.set(roots);
  for (let top = roots.length; top > 0; reached++) {
    const at = open[--top] as number;
    if ((whenTrue[at] as number) < 0) continue;
    open[top++] = whenTrue[at] as number;
    open[top++] = whenFalse[at] as number;
  }
  if (reached !== count) throw invalid(node, `${count - reached} nodes are in no tree, or in a circle`);
}

function leafWeights(node: Node, prefix: string, index: NodeIndex, mode: Uint8Array, targets: number) {
  const treeIds = ints(node, `${prefix}_treeids`);
  const nodeIds = ints(node, `${prefix}_nodeids`, treeIds.length);
  const ids = ints(node, `${prefix}_ids`, treeIds.length);
  const { values } = numbers(node, `${prefix}_weights`, treeIds.length);
  const nodes = treeIds.map((tree, i) => index.find(tree, nodeIds[i] as number));
  const weightStart = new Int32Array(mode.length + 1);
  nodes.forEach((leaf, i) => {
    if (mode[leaf] !== 0) throw invalid(node, 'a node that is not a leaf has a weight');
    const target = ids[i] as number;
    if (target < 0 || target >= targets) throw invalid(node, `a leaf adds to target ${target} of ${targets}`);
    weightStart[leaf + 1]! += 1;
  });
  for (let i = 0; i < mode.length; i++) weightStart[i + 1]! += weightStart[i] as number;
  const next = weightStart.slice();
  const weightTarget = new Int32Array(nodes.length);
  const weights = new Float64Array(nodes.length);
  nodes.forEach((leaf, i) => {
    const at = next[leaf]!++;
    weightTarget[at] = ids[i] as number;
    weights[at] = values[i] as number;
  });
  return { weightStart, weightTarget, weights };
}

function targetsOf(node: Node): number {
  if (node.op === 'TreeEnsembleRegressor') return intOf(node, 'n_targets', 1);
  const labels = stringsOf(node, 'classlabels_strings')?.length || (intsOf(node, 'classlabels_int64s')?.length ?? 0);
  if (labels === 0) throw invalid(node, 'it has no class labels');
  return labels;
}

function modesOf(node: Node, count: number): Uint8Array {
  const names = stringsOf(node, 'nodes_modes') ?? [];
  if (names.length !== count) throw invalid(node, `nodes_modes has ${names.length} entries and not ${count}`);
  const known = new Map<string, number>(treeModes.map((name, i) => [name, i]));
  const modes = new Uint8Array(count);
  names.forEach((name, i) => {
    const mode = known.get(name);
    if (mode === undefined) throw invalid(node, `unknown node mode ${JSON.stringify(name)}`);
    modes[i] = mode;
  });
  return modes;
}

function ints(node: Node, name: string, count?: number): Int32Array {
  const values = intsOf(node, name) ?? [];
  if (count !== undefined && values.length !== count) {
    throw invalid(node, `${name} has ${values.length} entries and not ${count}`);
  }
  if (values instanceof Int32Array) return values;
  if (values.length === 0) return new Int32Array(0);
  throw invalid(node, `${name} has a number beyond 2^31`);
}

/** Many writers leave out a list that would hold zeros only. */
function optionalInts(node: Node, name: string, count: number): Int32Array {
  const values = intsOf(node, name);
  return values === undefined || values.length === 0 ? new Int32Array(count) : ints(node, name, count);
}

/** Floats, or float64 from the attribute `…_as_tensor`. */
function numbers(node: Node, name: string, count: number | undefined): { values: Float64Array; isDouble: boolean } {
  const tensor = tensorOf(node, `${name}_as_tensor`);
  const isDouble = tensor?.dtype === 'float64';
  if (tensor && !isDouble && tensor.dtype !== 'float32') throw invalid(node, `${name}_as_tensor is ${tensor.dtype}`);
  const values = Float64Array.from((tensor?.data ?? floatsOf(node, name) ?? []) as ArrayLike<number>);
  if (count !== undefined && values.length !== count) {
    throw invalid(node, `${name} has ${values.length} entries and not ${count}`);
  }
  return { values, isDouble };
}

function invalid(node: Node, problem: string) {
  return fail('INVALID_GRAPH', { problem: `${node.op}: ${problem}.` });
}
