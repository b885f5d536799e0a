import { groupsOf, type Forest } from './forest.ts';

/**
 * All trees of a forest as bit masks [after QuickScorer, Lucchese et al., SIGIR 2015].
 *
 * The leaves of a tree are the bits of a mask, from left to right. A comparison that fails rules the leaves on its left
 * out; the leaf that a row ends in is the lowest bit that is left. Thresholds of a column cut it into intervals, so for
 * each interval the masks of all trees are known beforehand: a row is answered by finding the interval of each column,
 * joining one row of the table for each with AND, and adding up one leaf a tree.
 */
export interface MaskTable {
  /** Bits a tree: 8, 16, 32 or 64. */
  readonly bits: number;
  readonly columns: readonly MaskColumn[];
  /** Rows of `words` 32-bit words. Trees lie in slots, those of a group together. */
  readonly masks: Int32Array;
  /** A multiple of 4. */
  readonly words: number;
  readonly groups: readonly MaskGroup[];
  /** Values of leaf l of the tree in slot s: from (s * bits + l) * width on. */
  readonly leaves: Float64Array;
  readonly width: number;
}

/** A compared column. The interval of x is the number of thresholds below it; NaN has a row of its own, the last. */
export interface MaskColumn {
  readonly column: number;
  /** Ascending, different. */
  readonly thresholds: Float64Array;
  /** First row of the table; one for each interval and one for NaN follow. */
  readonly row: number;
}

/** Trees that add to the same columns of the result. Slots that are left over hold trees that add 0. */
export interface MaskGroup {
  readonly base: number;
  /** Multiples of the trees that a 32-bit word holds. */
  readonly firstSlot: number;
  readonly slots: number;
}

/** Beyond this the table no longer fits the caches, and walking the trees is faster. */
const maxBytes = 1 << 22;

/** The masks of a forest; undefined where a tree has more than 64 leaves or the table would be too large. */
export function maskTable(forest: Forest): MaskTable | undefined {
  const most = mostLeaves(forest);
  const bits = [8, 16, 32, 64].find((limit) => most <= limit);
  if (bits === undefined) return undefined;
  const trees = readTrees(forest);
  const { groups, slotOf, slots } = placeTrees(forest, Math.max(1, 32 / bits));
  const words = Math.ceil((slots * bits) / 128) * 4;
  const { columns, rows } = columnsOf(trees);
  if (rows * words * 4 > maxBytes) return undefined;

  const masks = new Int32Array(rows * words).fill(-1);
  const byColumn = new Map(columns.map((column) => [column.column, column]));
  trees.forEach(({ branches }, tree) => {
    const firstBit = (slotOf[tree] as number) * bits;
    for (const { column, threshold, missing, from, to } of branches) {
      const { thresholds, row } = byColumn.get(column) as MaskColumn;
      // A threshold of NaN is below nothing: the comparison fails in every interval.
      const first = Number.isNaN(threshold) ? 0 : intervalOf(thresholds, threshold) + 1;
      for (let interval = first; interval <= thresholds.length; interval++) {
        clear(masks, (row + interval) * words, firstBit + from, firstBit + to);
      }
      if (!missing) clear(masks, (row + thresholds.length + 1) * words, firstBit + from, firstBit + to);
    }
  });

  const { width, table } = forest;
  const leaves = new Float64Array(slots * bits * width);
  trees.forEach((tree, i) => {
    tree.leaves.forEach((row, leaf) => {
      leaves.set(table.subarray(row * width, (row + 1) * width), ((slotOf[i] as number) * bits + leaf) * width);
    });
  });
  return { bits, columns, masks, words, groups, leaves, width };
}

/** A comparison, and the leaves that are ruled out where it fails: those from `from` to before `to`. */
interface Branch {
  readonly column: number;
  readonly threshold: number;
  readonly missing: boolean;
  readonly from: number;
  readonly to: number;
}

interface Tree {
  readonly branches: readonly Branch[];
  /** Rows of the forest's table from left to right. */
  readonly leaves: readonly number[];
}

/** A tree of n leaves has 2n − 1 nodes. */
function mostLeaves({ roots, feature }: Forest): number {
  return roots.reduce((most, root, i) => Math.max(most, ((roots[i + 1] ?? feature.length) - root + 1) / 2), 1);
}

function readTrees({ roots, feature, threshold, next, missing }: Forest): Tree[] {
  return Array.from(roots, (root, i) => {
    const end = roots[i + 1] ?? feature.length;
    const leaves: number[] = [];
    /** Leaves that lie before a node, which in this layout are those of the nodes before it. */
    const before = new Int32Array(end - root + 1);
    for (let node = root; node < end; node++) {
      before[node - root] = leaves.length;
      if ((feature[node] as number) < 0) leaves.push(next[node] as number);
    }
    const branches: Branch[] = [];
    for (let node = root; node < end; node++) {
      if ((feature[node] as number) < 0) continue;
      branches.push({
        column: feature[node] as number,
        threshold: threshold[node] as number,
        missing: missing[node] !== 0,
        from: before[node - root] as number,
        to: before[(next[node] as number) - root] as number,
      });
    }
    return { branches, leaves };
  });
}

/** Groups trees by the columns they add to; each group begins with a new word. */
function placeTrees(forest: Forest, perWord: number): { groups: MaskGroup[]; slotOf: Int32Array; slots: number } {
  const slotOf = new Int32Array(forest.roots.length);
  const groups: MaskGroup[] = [];
  let next = 0;
  for (const { base, trees } of groupsOf(forest)) {
    trees.forEach((tree, i) => (slotOf[tree] = next + i));
    const slots = Math.ceil(trees.length / perWord) * perWord;
    groups.push({ base, firstSlot: next, slots });
    next += slots;
  }
  return { groups, slotOf, slots: next };
}

function columnsOf(trees: readonly Tree[]): { columns: MaskColumn[]; rows: number } {
  const thresholds = new Map<number, Set<number>>();
  for (const { branches } of trees) {
    for (const { column, threshold } of branches) {
      const set = thresholds.get(column) ?? new Set();
      thresholds.set(column, set);
      if (!Number.isNaN(threshold)) set.add(threshold);
    }
  }
  let rows = 0;
  const columns = [...thresholds]
    .toSorted(([a], [b]) => a - b)
    .map(([column, set]): MaskColumn => {
      const row = rows;
      rows += set.size + 2;
      return { column, thresholds: Float64Array.from(set).toSorted(), row };
    });
  return { columns, rows };
}

/** The number of thresholds below x. */
function intervalOf(thresholds: Float64Array, x: number): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Clears the bits from `from` to before `to` of the words from `start` on. */
function clear(masks: Int32Array, start: number, from: number, to: number): void {
  for (let bit = from; bit < to; bit++) masks[start + (bit >> 5)]! &= ~(1 << (bit & 31));
}
