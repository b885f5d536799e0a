import type { Forest } from './forest.ts';

/**
 * Trees laid out for walking without branches: every node has two children side by side, and the next node is
 * `child + (x <= threshold ? 0 : 1)`. A leaf is its own first child and compares the column that is always −∞, so
 * a walk that has arrived stays, and walks of any length can run side by side.
 *
 * A node takes 16 bytes: threshold (float64; at leaves the value, or the row of the table where leaves have several),
 * byte offset of the compared column in its row, byte offset of the first child.
 */
export interface WalkTable {
  readonly nodes: Int32Array;
  /** Columns that rows must have, in this order; the last one is −∞. */
  readonly columns: readonly WalkColumn[];
  /** Byte offset of the root of each tree. */
  readonly roots: Int32Array;
  /** Comparisons on the longest way. */
  readonly depth: number;
  /** Byte offset of a leaf that adds 0. */
  readonly nothing: number;
}

/** A compared column. Where NaN counts as if the comparison held it enters as −∞. */
export interface WalkColumn {
  readonly column: number;
  readonly isMissingLow: boolean;
}

export const nodeBytes = 16;

/** The table of a forest; undefined where it holds a NaN that walking cannot tell from a missing value. */
export function walkTable(forest: Forest): WalkTable | undefined {
  const { feature, threshold, next, missing, table, width } = forest;
  const isLeaf = (node: number) => (feature[node] as number) < 0;
  const valueOf = (leaf: number) => (width === 1 ? (table[next[leaf] as number] as number) : (next[leaf] as number));
  const count = feature.length;
  for (let node = 0; node < count; node++) {
    if (Number.isNaN(isLeaf(node) ? valueOf(node) : threshold[node])) return undefined;
  }

  const keys = new Map<number, number>();
  const columns: WalkColumn[] = [];
  const columnOf = (node: number): number => {
    const column = feature[node] as number;
    const key = column * 2 + (missing[node] as number);
    const known = keys.get(key) ?? columns.push({ column, isMissingLow: missing[node] === 1 }) - 1;
    keys.set(key, known);
    return known;
  };

  // Each tree has its root alone, then pairs of children.
  const place = new Int32Array(count);
  let placed = 1;
  for (const root of forest.roots) {
    place[root] = placed++;
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (isLeaf(node)) continue;
      const [yes, no] = [node + 1, next[node] as number];
      place[yes] = placed++;
      place[no] = placed++;
      open.push(no, yes);
    }
  }
  const nodes = new Int32Array(placed * 4);
  const thresholds = new Float64Array(nodes.buffer);
  // The leaf that adds 0: where leaves have several values, a row of zeros behind the table.
  thresholds[0] = width === 1 ? 0 : table.length / width;
  const leaves: number[] = [0];
  for (let node = 0; node < count; node++) {
    const at = place[node] as number;
    if (isLeaf(node)) {
      thresholds[at * 2] = valueOf(node);
      leaves.push(at);
    } else {
      thresholds[at * 2] = threshold[node] as number;
      nodes[at * 4 + 2] = columnOf(node) * 8;
      nodes[at * 4 + 3] = (place[node + 1] as number) * nodeBytes;
    }
  }
  for (const at of leaves) {
    nodes[at * 4 + 2] = columns.length * 8;
    nodes[at * 4 + 3] = at * nodeBytes;
  }
  columns.push({ column: -1, isMissingLow: true });
  return {
    nodes,
    columns,
    roots: forest.roots.map((root) => (place[root] as number) * nodeBytes),
    depth: depthOf(forest),
    nothing: 0,
  };
}

/** The forest over the columns of the table, in which NaN always goes where the comparison fails. */
export function renumbered(forest: Forest, { columns }: WalkTable): Forest {
  const places = new Map(columns.map(({ column, isMissingLow }, i) => [column * 2 + (isMissingLow ? 1 : 0), i]));
  const feature = forest.feature.map((column, node) =>
    column < 0 ? column : (places.get(column * 2 + (forest.missing[node] as number)) as number),
  );
  return { ...forest, feature, missing: new Uint8Array(feature.length) };
}

function depthOf({ feature, next }: Forest): number {
  const depths = new Int32Array(feature.length);
  let deepest = 0;
  for (let node = 0; node < feature.length; node++) {
    if ((feature[node] as number) < 0) continue;
    const depth = (depths[node] as number) + 1;
    depths[node + 1] = depths[next[node] as number] = depth;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
