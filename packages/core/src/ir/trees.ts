import { fail } from '../errors/index.ts';

/**
 * Decision trees in one flat form for every library: `feature[i] < 0` is a leaf.
 *
 * Node indices are absolute over all trees; tree t starts at `roots[t]`. A row goes left where `x <= threshold`
 * (or `x < threshold`, by `rule`), and where x is NaN by `missingLeft`.
 */
export interface TreeEnsemble {
  readonly features: number;
  readonly rule: '<=' | '<';
  readonly roots: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingLeft: Uint8Array;
  /** Leaf outputs, `outputs` numbers a leaf: node i's start at `leaf[i] * outputs`. */
  readonly leaf: Int32Array;
  readonly values: Float64Array;
  readonly outputs: number;
}

/** A single tree as libraries store it: children are indices within the tree, -1 at leaves. */
export interface TreeTable {
  readonly feature: ArrayLike<number>;
  readonly threshold: ArrayLike<number>;
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  readonly missingLeft?: ArrayLike<number> | undefined;
  /** `[nodes, outputs]` row-major, or a number per node; only those of leaves are used. */
  readonly values: ArrayLike<number>;
}

const MAX_DEPTH = 10_000;

/** Tables of trees, and how many nodes they have together. */
export interface TreeTables<Table extends TreeTable = TreeTable> extends Iterable<Table> {
  readonly length: number;
  readonly nodes: number;
}

/**
 * Checks that each table is a tree (children in range, each node reached once, bounded depth, features in range),
 * keeps the reachable nodes in preorder (left child follows its parent) and joins them.
 *
 * Tables that are read while they are asked for need no memory beside the result: big forests come that way.
 */
export function joinTrees(
  tables: readonly TreeTable[] | TreeTables,
  outputs: number,
  features: number,
  rule: '<=' | '<',
): TreeEnsemble {
  const total = 'nodes' in tables ? tables.nodes : tables.reduce((sum, table) => sum + table.feature.length, 0);
  const feature = new Int32Array(total);
  const threshold = new Float64Array(total);
  const left = new Int32Array(total);
  const right = new Int32Array(total);
  const missingLeft = new Uint8Array(total);
  const leaf = new Int32Array(total);
  const roots = new Int32Array(tables.length);
  // A tree has one leaf more than it has branches.
  const values = new Float64Array(((total + tables.length) >> 1) * outputs);
  let next = 0;
  let leaves = 0;
  let t = -1;
  for (const {
    feature: splits,
    threshold: limits,
    left: lefts,
    right: rights,
    missingLeft: missing,
    values: given,
  } of tables) {
    t++;
    roots[t] = next;
    if (next + splits.length > total) throw notATree(t, 'more nodes than were announced');
    const seen = new Uint8Array(splits.length);
    // Node, parent of a right child (else -1) and depth, three numbers each: objects would be half of the work.
    const stack: number[] = [0, -1, 0];
    while (stack.length) {
      const depth = stack.pop() as number;
      const parent = stack.pop() as number;
      const node = stack.pop() as number;
      if (!(node >= 0 && node < seen.length)) throw notATree(t, `a child ${node} of ${seen.length} nodes`);
      if (seen[node]) throw notATree(t, `node ${node} is reached twice`);
      if (depth > MAX_DEPTH) throw notATree(t, `deeper than ${MAX_DEPTH}`);
      seen[node] = 1;
      const at = next++;
      if (parent >= 0) right[parent] = at;
      if ((lefts[node] as number) < 0) {
        feature[at] = -1;
        leaf[at] = leaves;
        for (let k = 0; k < outputs; k++) values[leaves * outputs + k] = given[node * outputs + k] as number;
        leaves++;
        continue;
      }
      const split = splits[node] as number;
      if (!(split >= 0 && split < features)) throw notATree(t, `splits on feature ${split} of ${features}`);
      feature[at] = split;
      threshold[at] = limits[node] as number;
      left[at] = at + 1;
      missingLeft[at] = missing?.[node] ? 1 : 0;
      leaf[at] = -1;
      stack.push(rights[node] as number, at, depth + 1, lefts[node] as number, -1, depth + 1);
    }
  }
  const nodes = { feature, threshold, left, right, missingLeft, leaf };
  const used = leaves * outputs;
  return {
    features,
    rule,
    roots,
    ...(next === total ? nodes : cut(nodes, next)),
    values: used === values.length ? values : values.slice(0, used),
    outputs,
  };
}

function cut(
  nodes: Pick<TreeEnsemble, 'feature' | 'threshold' | 'left' | 'right' | 'missingLeft' | 'leaf'>,
  length: number,
): typeof nodes {
  const { feature, threshold, left, right, missingLeft, leaf } = nodes;
  return {
    feature: feature.slice(0, length),
    threshold: threshold.slice(0, length),
    left: left.slice(0, length),
    right: right.slice(0, length),
    missingLeft: missingLeft.slice(0, length),
    leaf: leaf.slice(0, length),
  };
}

/** Node of the leaf that a row reaches in tree t. */
export function leafOf(trees: TreeEnsemble, t: number, row: ArrayLike<number>): number {
  let node = trees.roots[t] as number;
  for (;;) {
    const split = trees.feature[node] as number;
    if (split < 0) return node;
    const x = row[split] as number;
    const limit = trees.threshold[node] as number;
    const goesLeft = Number.isNaN(x) ? trees.missingLeft[node] === 1 : trees.rule === '<=' ? x <= limit : x < limit;
    node = (goesLeft ? trees.left[node] : trees.right[node]) as number;
  }
}

function notATree(tree: number, problem: string): Error {
  return fail('CORRUPT_FILE', { format: 'tree', problem: `the node table of tree ${tree} is not a tree: ${problem}` });
}
