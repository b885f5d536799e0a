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
    // Node and the branch whose other child it is (else −1), two numbers each: objects would be half of the work.
    const open: number[] = [trees.roots[tree] as number, -1];
    while (open.length) {
      const branch = open.pop() as number;
      const node = open.pop() as number;
      const at = placed++;
      if (branch >= 0) next[branch] = at;
      const mode = trees.mode[node] as number;
      if (mode === 0) {
        feature[at] = -1;
        next[at] = rowOf(node, tree);
        continue;
      }
      const comparison = comparisons[mode];
      if (!comparison) return undefined;
      const { isStrict, changesSides } = comparison;
      const isMissingTrue = trees.missingTrue[node] !== 0;
      const limit = trees.threshold[node] as number;
      feature[at] = trees.feature[node] as number;
      threshold[at] = isStrict ? below(limit) : limit;
      missing[at] = isMissingTrue === changesSides ? 0 : 1;
      const [yes, no] = [trees.whenTrue[node] as number, trees.whenFalse[node] as number];
      if (changesSides) open.push(yes, at, no, -1);
      else open.push(no, at, yes, -1);
    }
  }
  return { roots, feature, threshold, next, missing };
}

/** By mode: x < t is x <= (the number below t); x > t and x >= t change sides. Tests for equality have no such form. */
const comparisons: readonly ({ readonly isStrict: boolean; readonly changesSides: boolean } | undefined)[] = [
  undefined,
  { isStrict: false, changesSides: false },
  { isStrict: true, changesSides: false },
  { isStrict: true, changesSides: true },
  { isStrict: false, changesSides: true },
];

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
