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
 * `weights[weightStart[node]]` up to `weightStart[node + 1]`, in the order of the attributes. Arrays may be those of the node.
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

/** What was read of a node before: graphs are checked, and then compiled. */
const read = new WeakMap<Node, { readonly features: number | undefined; readonly trees: WeakRef<TreeEnsemble> }>();

/** Reads and checks the attributes of a tree ensemble. `features`: how many columns its input has, where known. */
export function readTreeEnsemble(node: Node, features?: number): TreeEnsemble {
  const before = read.get(node);
  const known = before?.features === features ? before?.trees.deref() : undefined;
  if (known) return known;
  const trees = readTrees(node, features);
  read.set(node, { features, trees: new WeakRef(trees) });
  return trees;
}

function readTrees(node: Node, features: number | undefined): TreeEnsemble {
  const leafPrefix = node.op === 'TreeEnsembleClassifier' ? 'class' : 'target';
  const treeIds = ints(node, 'nodes_treeids');
  const nodeIds = ints(node, 'nodes_nodeids', treeIds.length);
  const count = treeIds.length;
  const feature = ints(node, 'nodes_featureids', count);
  const threshold = numbers(node, 'nodes_values', count);
  const mode = modesOf(node, count);
  const trueIds = ints(node, 'nodes_truenodeids', count);
  const falseIds = ints(node, 'nodes_falsenodeids', count);
  const missingTrue = new Uint8Array(optionalInts(node, 'nodes_missing_value_tracks_true', count));
  const index = new NodeIndex(node, treeIds, nodeIds);
  const whenTrue = new Int32Array(count);
  const whenFalse = new Int32Array(count);
  const most = features ?? Infinity;
  for (let i = 0; i < count; i++) {
    if (mode[i] === 0) {
      whenTrue[i] = whenFalse[i] = -1;
      continue;
    }
    const column = feature[i] as number;
    if (column < 0 || column >= most) {
      throw invalid(node, `a node compares feature ${column} of ${features ?? 'unknown'}`);
    }
    index.enter(treeIds[i] as number);
    whenTrue[i] = index.find(trueIds[i] as number);
    whenFalse[i] = index.find(falseIds[i] as number);
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
  readonly #nodeIds: Int32Array;
  /** First node of each tree, and the node after its last. */
  readonly #spans = new Map<number, { readonly start: number; readonly end: number }>();
  readonly #sparse = new Map<string, number>();
  #tree = NaN;
  #start = 0;
  #end = 0;

  constructor(node: Node, treeIds: Int32Array, nodeIds: Int32Array) {
    this.#node = node;
    this.#nodeIds = nodeIds;
    for (let start = 0, end = 0; start < treeIds.length; start = end) {
      const tree = treeIds[start] as number;
      if (this.#spans.has(tree)) throw invalid(node, `the nodes of tree ${tree} do not lie together`);
      for (end = start; end < treeIds.length && treeIds[end] === tree; end++) {
        if (nodeIds[end] !== end - start) this.#addSparse(tree, nodeIds[end] as number, end);
      }
      this.#spans.set(tree, { start, end });
    }
    this.roots = Int32Array.from(this.#spans.values(), ({ start }) => start);
  }

  #addSparse(tree: number, id: number, at: number): void {
    const key = `${tree}:${id}`;
    if (this.#sparse.has(key)) throw invalid(this.#node, `tree ${tree} has two nodes ${id}`);
    this.#sparse.set(key, at);
  }

  /** The tree in which nodes are looked for from now on. */
  enter(tree: number): void {
    if (tree === this.#tree) return;
    const { start, end } = this.#spans.get(tree) ?? { start: 0, end: 0 };
    this.#tree = tree;
    this.#start = start;
    this.#end = end;
  }

  find(id: number): number {
    const direct = this.#start + id;
    if (id >= 0 && direct < this.#end && this.#nodeIds[direct] === id) return direct;
    const found = this.#sparse.size ? this.#sparse.get(`${this.#tree}:${id}`) : undefined;
    if (found !== undefined) return found;
    throw invalid(this.#node, `tree ${this.#tree} has no node ${id}`);
  }
}

/** Every node but the roots is the child of exactly one node, and every node is reached from a root. */
function checkTrees(node: Node, roots: Int32Array, count: number, whenTrue: Int32Array, whenFalse: Int32Array): void {
  const parents = new Uint8Array(count);
  let isOrdered = true;
  let children = 0;
  for (let at = 0; at < count; at++) {
    const yes = whenTrue[at] as number;
    if (yes < 0) continue;
    const no = whenFalse[at] as number;
    if (parents[yes] !== 0 || parents[no] !== 0 || yes === no) {
      throw invalid(node, `node number ${parents[yes] !== 0 || yes === no ? yes : no} is reached twice`);
    }
    parents[yes] = 1;
    parents[no] = 1;
    children += 2;
    isOrdered &&= yes > at && no > at;
  }
  for (const root of roots) if (parents[root] !== 0) throw invalid(node, 'the first node of a tree is not its root');
  // Where children follow their parents there are no circles, so that the way up from each node ends at a root.
  const reached = isOrdered ? roots.length + children : reachedFrom(roots, count, whenTrue, whenFalse);
  if (reached !== count) throw invalid(node, `${count - reached} nodes are in no tree, or in a circle`);
}

function reachedFrom(roots: Int32Array, count: number, whenTrue: Int32Array, whenFalse: Int32Array): number {
  let reached = 0;
  const open = new Int32Array(count);
  open.set(roots);
  for (let top = roots.length; top > 0; reached++) {
    const at = open[--top] as number;
    if ((whenTrue[at] as number) < 0) continue;
    open[top++] = whenTrue[at] as number;
    open[top++] = whenFalse[at] as number;
  }
  return reached;
}

function leafWeights(node: Node, prefix: string, index: NodeIndex, mode: Uint8Array, targets: number) {
  const treeIds = ints(node, `${prefix}_treeids`);
  const nodeIds = ints(node, `${prefix}_nodeids`, treeIds.length);
  const ids = ints(node, `${prefix}_ids`, treeIds.length);
  const { values } = numbers(node, `${prefix}_weights`, treeIds.length);
  const nodes = new Int32Array(treeIds.length);
  const weightStart = new Int32Array(mode.length + 1);
  let isOrdered = true;
  for (let i = 0; i < nodes.length; i++) {
    index.enter(treeIds[i] as number);
    const leaf = index.find(nodeIds[i] as number);
    if (mode[leaf] !== 0) throw invalid(node, 'a node that is not a leaf has a weight');
    const target = ids[i] as number;
    if (target < 0 || target >= targets) throw invalid(node, `a leaf adds to target ${target} of ${targets}`);
    nodes[i] = leaf;
    weightStart[leaf + 1]! += 1;
    isOrdered &&= i === 0 || leaf >= (nodes[i - 1] as number);
  }
  for (let i = 0; i < mode.length; i++) weightStart[i + 1]! += weightStart[i] as number;
  if (isOrdered) return { weightStart, weightTarget: ids, weights: values };
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
  let [last, lastMode] = ['LEAF', 0];
  for (let i = 0; i < count; i++) {
    const name = names[i] as string;
    // Most modes are LEAF, or what the branch before was.
    if (name === 'LEAF') continue;
    if (name !== last) {
      const mode = known.get(name);
      if (mode === undefined) throw invalid(node, `unknown node mode ${JSON.stringify(name)}`);
      [last, lastMode] = [name, mode];
    }
    modes[i] = lastMode;
  }
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
  const data = (tensor?.data ?? floatsOf(node, name) ?? []) as ArrayLike<number>;
  const values = data instanceof Float64Array ? data : new Float64Array(data);
  if (count !== undefined && values.length !== count) {
    throw invalid(node, `${name} has ${values.length} entries and not ${count}`);
  }
  return { values, isDouble };
}

function invalid(node: Node, problem: string) {
  return fail('INVALID_GRAPH', { problem: `${node.op}: ${problem}.` });
}
