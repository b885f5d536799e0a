import type { TreeEnsemble } from '../../onnx/index.ts';

/**
 * Trees laid out for traversal: every node is `x[feature] <= threshold`, and where that holds the next node is the one
 * after it. A leaf is a row of `table`, which is added to the result from column `base` of its tree on.
 */
export interface Forest {
  readonly roots: Int32Array;
  /** Compared column; −1 at leaves. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** Branches: the node where the comparison fails. Leaves: the row of the table. */
  readonly next: Int32Array;
  /** 1: NaN counts as if the comparison held. */
  readonly missing: Uint8Array;
  readonly table: Float64Array;
  /** Columns of the table. */
  readonly width: number;
  readonly base: Int32Array;
  /** Columns of the result. */
  readonly outputs: number;
}

/** Trees whose results are added to the same columns, in their order. */
export interface ForestGroup {
  readonly base: number;
  readonly trees: readonly number[];
}

export function groupsOf({ base }: Forest): ForestGroup[] {
  const groups = new Map<number, number[]>();
  base.forEach((column, tree) => {
    const trees = groups.get(column) ?? [];
    groups.set(column, trees);
    trees.push(tree);
  });
  return Array.from(groups, ([column, trees]) => ({ base: column, trees }));
}

/** Comparisons on the way to a leaf, for the average leaf. */
export function averageDepth({ feature, next }: Forest): number {
  const depths = new Int32Array(feature.length);
  let [sum, leaves] = [0, 0];
  for (let node = 0; node < feature.length; node++) {
    const depth = depths[node] as number;
    if ((feature[node] as number) < 0) {
      sum += depth;
      leaves++;
    } else depths[node + 1] = depths[next[node] as number] = depth + 1;
  }
  return sum / leaves;
}

/** Lays trees out; `rowOf` gives the row of the table for a leaf. undefined: a comparison that has no such form. */
export function layOut(
  trees: TreeEnsemble,
  rowOf: (leaf: number, tree: number) => number,
): Pick<Forest, 'roots' | 'feature' | 'threshold' | 'next' | 'missing'> | undefined {
  const count = trees.mode.length;
  const roots = new Int32Array(trees.roots.length);
  const feature = new Int32Array(count);
  const threshold = new Float64Array(count);
  const next = new Int32Array(count);
  const missing = new Uint8Array(count);
  let placed = 0;
  for (let tree = 0; tree < roots.length; tree++) {
    roots[tree] = placed;
    /** Nodes to place, each with the branch whose other child it is, or −1. */
    const open = [{ node: trees.roots[tree] as number, branch: -1 }];
    for (let top = open.pop(); top; top = open.pop()) {
      const { node, branch } = top;
      const at = placed++;
      if (branch >= 0) next[branch] = at;
      const comparison = asLessOrEqual(trees, node);
      if (comparison === undefined) return undefined;
      if (comparison === 'leaf') {
        feature[at] = -1;
        next[at] = rowOf(node, tree);
        continue;
      }
      feature[at] = trees.feature[node] as number;
      threshold[at] = comparison.threshold;
      missing[at] = comparison.missing;
      open.push({ node: comparison.no, branch: at }, { node: comparison.yes, branch: -1 });
    }
  }
  return { roots, feature, threshold, next, missing };
}

interface Comparison {
  readonly threshold: number;
  readonly missing: 0 | 1;
  readonly yes: number;
  readonly no: number;
}

/** x < t is x <= (the number below t); x > t and x >= t change sides. Tests for equality have no such form. */
function asLessOrEqual(trees: TreeEnsemble, node: number): Comparison | 'leaf' | undefined {
  const threshold = trees.threshold[node] as number;
  const [yes, no] = [trees.whenTrue[node] as number, trees.whenFalse[node] as number];
  const missing = trees.missingTrue[node] ? 1 : 0;
  const other = missing ? 0 : 1;
  switch (trees.mode[node]) {
    case 0:
      return 'leaf';
    case 1:
      return { threshold, missing, yes, no };
    case 2:
      return { threshold: below(threshold), missing, yes, no };
    case 3:
      return { threshold: below(threshold), missing: other, yes: no, no: yes };
    case 4:
      return { threshold, missing: other, yes: no, no: yes };
    default:
      return undefined;
  }
}

/** The largest float64 that is smaller; NaN (which nothing is smaller than or equal to) below −∞. */
export function below(x: number): number {
  if (x !== x || x === -Infinity) return NaN;
  if (x === 0) return -Number.MIN_VALUE;
  bits[0] = x;
  words[0] = (words[0] as bigint) + (x > 0 ? -1n : 1n);
  return bits[0];
}

const bits = new Float64Array(1);
const words = new BigInt64Array(bits.buffer);
