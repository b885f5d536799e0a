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
  const count = feature.length;
  for (let node = 0; node < count; node++) {
    const isLeaf = (feature[node] as number) < 0;
    const number = !isLeaf ? threshold[node] : width === 1 ? table[next[node] as number] : 0;
    if (Number.isNaN(number)) return undefined;
  }
  const { columns, places } = columnsOf(forest);
  const { place, placed } = placesOf(forest);
  const nodes = new Int32Array(placed * 4);
  const numbers = new Float64Array(nodes.buffer);
  const never = columns.length * 8;
  const end = (at: number) => {
    nodes[at * 4 + 2] = never;
    nodes[at * 4 + 3] = at * nodeBytes;
  };
  // The leaf that adds 0: where leaves have several values, a row of zeros behind the table.
  numbers[0] = width === 1 ? 0 : table.length / width;
  end(0);
  for (let node = 0; node < count; node++) {
    const at = place[node] as number;
    const column = feature[node] as number;
    if (column < 0) {
      const row = next[node] as number;
      numbers[at * 2] = width === 1 ? (table[row] as number) : row;
      end(at);
      continue;
    }
    numbers[at * 2] = threshold[node] as number;
    nodes[at * 4 + 2] = (places[column * 2 + (missing[node] as number)] as number) * 8;
    nodes[at * 4 + 3] = (place[node + 1] as number) * nodeBytes;
  }
  return {
    nodes,
    columns: [...columns, { column: -1, isMissingLow: true }],
    roots: forest.roots.map((root) => (place[root] as number) * nodeBytes),
    depth: depthOf(forest),
    nothing: 0,
  };
}

/** The compared columns, in the order of the nodes, and where each is: by twice its number, + 1 where NaN holds. */
function columnsOf({ feature, missing }: Forest): { columns: WalkColumn[]; places: Int32Array } {
  let last = 0;
  for (const column of feature) if (column > last) last = column;
  const places = new Int32Array(last * 2 + 2).fill(-1);
  const columns: WalkColumn[] = [];
  for (let node = 0; node < feature.length; node++) {
    const column = feature[node] as number;
    if (column < 0) continue;
    const key = column * 2 + (missing[node] as number);
    if (places[key] === -1) places[key] = columns.push({ column, isMissingLow: missing[node] === 1 }) - 1;
  }
  return { columns, places };
}

/** Each tree has its root alone, then pairs of children. */
function placesOf({ roots, feature, next }: Forest): { place: Int32Array; placed: number } {
  const place = new Int32Array(feature.length);
  let placed = 1;
  for (const root of roots) {
    place[root] = placed++;
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if ((feature[node] as number) < 0) continue;
      const no = next[node] as number;
      place[node + 1] = placed++;
      place[no] = placed++;
      open.push(no, node + 1);
    }
  }
  return { place, placed };
}

/** The forest over the columns of the table, in which NaN always goes where the comparison fails. */
export function renumbered(forest: Forest): Forest {
  const { places } = columnsOf(forest);
  const feature = new Int32Array(forest.feature.length);
  for (let node = 0; node < feature.length; node++) {
    const column = forest.feature[node] as number;
    feature[node] = column < 0 ? column : (places[column * 2 + (forest.missing[node] as number)] as number);
  }
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
