import { FlatTable } from '../../formats/flatbuffers/index.ts';
import type { Statistic, StatisticsTable } from '../../pre/index.ts';
import { unsupportedFeatures } from './json.ts';
import {
  columnNames,
  corrupt,
  listSplits,
  readInfo,
  symmetricTree,
  type CatboostModel,
  type CatboostTree,
  type OneHotFeature,
  type StatisticFeature,
} from './model.ts';

/** Fields by their numbers in catboost/libs/model/flatbuffers (model.fbs, features.fbs, ctr_data.fbs). */
const CORE = { trees: 1, info: 2, parts: 3 } as const;
const TREES = {
  dimension: 0,
  splits: 1,
  sizes: 2,
  categories: 4,
  floats: 5,
  oneHots: 6,
  statistics: 7,
  leaves: 8,
  steps: 10,
  nodeToLeaf: 11,
  texts: 12,
  estimated: 13,
  scale: 14,
  bias: 15,
  biases: 16,
  embeddings: 18,
} as const;
const FLOAT = { flat: 2, borders: 3, name: 4, nan: 5 } as const;
const CATEGORY = { flat: 1, name: 2 } as const;
const ONE_HOT = { index: 0, values: 1 } as const;
const NAN_IS_GREATER = 2;
const MAGIC = 0x314d4243; // CBM1

/** Reads a `.cbm` file: a FlatBuffer, and behind it the tables of statistics. */
export function readCbm(bytes: Uint8Array): CatboostModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== MAGIC) throw corrupt('it does not begin like a .cbm file');
  const size = view.getUint32(4, true);
  if (8 + size > bytes.length) throw corrupt('the file ends early');
  const core = FlatTable.root(bytes.subarray(8, 8 + size));
  const trees = core.table(CORE.trees);
  if (!trees) throw corrupt('it holds no trees');
  if (trees.tables(TREES.texts).length || trees.tables(TREES.embeddings).length) throw unsupportedFeatures();
  const info = new Map(core.tables(CORE.info).map((entry) => [entry.text(0) ?? '', entry.text(1) ?? '']));
  const parts = core.texts(CORE.parts);
  const dimension = trees.int(TREES.dimension, 1);
  const floatTables = trees.tables(TREES.floats);
  const categoryTables = trees.tables(TREES.categories);
  const floats = floatTables.map((feature) => ({
    flat: feature.int(FLOAT.flat, -1),
    borders: feature.floats(FLOAT.borders),
    nanIsGreater: feature.byte(FLOAT.nan, 0) === NAN_IS_GREATER,
  }));
  const oneHots = trees.tables(TREES.oneHots).map((feature): OneHotFeature => ({
    category: feature.int(ONE_HOT.index, -1),
    values: feature.ints(ONE_HOT.values),
  }));
  const tables = parts.length ? readTables(bytes.subarray(8 + size)) : [];
  const statistics = trees.tables(TREES.statistics).map((feature) => readStatistic(feature, tables));
  const biases = trees.doubles(TREES.biases);
  return {
    dimension,
    names: namesOf(floatTables, categoryTables),
    floats,
    categories: categoryTables.map((feature) => feature.int(CATEGORY.flat, -1)),
    splits: listSplits(floats, oneHots, statistics),
    trees: readTrees(trees, dimension),
    statistics: statistics.map(({ statistic }) => statistic),
    tables: tables.map(({ table }) => table),
    scale: trees.double(TREES.scale, 1),
    bias: biases.length ? Array.from(biases) : Array.from({ length: dimension }, () => trees.double(TREES.bias, 0)),
    info: readInfo((key) => info.get(key)),
  };
}

function namesOf(floats: readonly FlatTable[], categories: readonly FlatTable[]): string[] {
  return columnNames([
    ...floats.map((feature) => ({ flat: feature.int(FLOAT.flat, -1), name: feature.text(FLOAT.name) })),
    ...categories.map((feature) => ({ flat: feature.int(CATEGORY.flat, -1), name: feature.text(CATEGORY.name) })),
  ]);
}

function readTrees(trees: FlatTable, dimension: number): CatboostTree[] {
  const splits = trees.ints(TREES.splits);
  const sizes = trees.ints(TREES.sizes);
  const leaves = trees.doubles(TREES.leaves);
  const steps = trees.structs(TREES.steps, 4);
  if (steps.byteLength) return readSteps(splits, sizes, leaves, steps, trees.ints(TREES.nodeToLeaf), dimension);
  let split = 0;
  let leaf = 0;
  return Array.from(sizes, (depth) => {
    if (!(depth >= 0 && depth <= 16) || split + depth > splits.length)
      throw corrupt('the splits of a tree are missing');
    const own = Array.from(splits.subarray(split, split + depth));
    const values = leaves.slice(leaf, leaf + 2 ** depth * dimension);
    split += depth;
    leaf += 2 ** depth * dimension;
    return symmetricTree(own, values, dimension);
  });
}

/**
 * Trees of other shapes: each node has a split and how far its children are; a distance of 0 ends at the node itself,
 * whose leaf is `nodeToLeaf`.
 */
function readSteps(
  splits: Int32Array,
  sizes: Int32Array,
  leaves: Float64Array,
  steps: DataView,
  nodeToLeaf: Int32Array,
  dimension: number,
): CatboostTree[] {
  let start = 0;
  return Array.from(sizes, (size) => {
    if (start + size > nodeToLeaf.length || (start + size) * 4 > steps.byteLength)
      throw corrupt('the nodes of a tree are missing');
    const feature: number[] = [];
    const left: number[] = [];
    const right: number[] = [];
    const values: number[] = [];
    const leafAt = (node: number): number => {
      const from = nodeToLeaf[start + node] as number;
      const own = leaves.subarray(from, from + dimension);
      if (own.length !== dimension) throw corrupt('a leaf is missing');
      left.push(-1);
      right.push(-1);
      values.push(...own);
      return feature.push(-1) - 1;
    };
    const visit = (node: number, depth: number): number => {
      if (node >= size || depth > 1000) throw corrupt('the nodes are not a tree');
      const leftDistance = steps.getUint16((start + node) * 4, true);
      const rightDistance = steps.getUint16((start + node) * 4 + 2, true);
      if (leftDistance === 0 && rightDistance === 0) return leafAt(node);
      const at = feature.push(splits[start + node] as number) - 1;
      left.push(0);
      right.push(0);
      for (let k = 0; k < dimension; k++) values.push(0);
      left[at] = leftDistance ? visit(node + leftDistance, depth + 1) : leafAt(node);
      right[at] = rightDistance ? visit(node + rightDistance, depth + 1) : leafAt(node);
      return at;
    };
    visit(0, 0);
    start += size;
    return { feature, left, right, values: Float64Array.from(values) };
  });
}

const KINDS: readonly Statistic['kind'][] = ['borders', 'buckets', 'mean', 'mean', 'counter', 'counter'];

interface NamedTable {
  /** Kind and combination, as one text. */
  readonly key: string;
  readonly table: StatisticsTable;
}

interface Base {
  readonly key: string;
  readonly kind: Statistic['kind'];
  readonly categories: number[];
  readonly floats: { column: number; border: number }[];
  readonly oneHots: { category: number; value: number }[];
}

/** TModelCtrBase: a feature combination, a kind, and the target that the statistics are of (models of several targets). */
function readBase(base: FlatTable | undefined): Base {
  const combination = base?.table(0);
  const type = base?.byte(1, 0) ?? 0;
  const kind = KINDS[type];
  if (!combination || !kind) throw corrupt('a statistic without its combination');
  const target = base?.int(2, 0) ?? 0;
  const categories = Array.from(combination.ints(0));
  const floatSplits = combination.structs(1, 8);
  const oneHotSplits = combination.structs(2, 8);
  const floats = Array.from({ length: floatSplits.byteLength / 8 }, (_, i) => ({
    column: floatSplits.getInt32(i * 8, true),
    border: floatSplits.getFloat32(i * 8 + 4, true),
  }));
  const oneHots = Array.from({ length: oneHotSplits.byteLength / 8 }, (_, i) => ({
    category: oneHotSplits.getInt32(i * 8, true),
    value: oneHotSplits.getInt32(i * 8 + 4, true),
  }));
  return { key: JSON.stringify([type, target, categories, floats, oneHots]), kind, categories, floats, oneHots };
}

function readStatistic(feature: FlatTable, tables: readonly NamedTable[]): StatisticFeature {
  const ctr = feature.table(0);
  if (!ctr) throw corrupt('a statistic without its settings');
  const { key, kind, categories, floats, oneHots } = readBase(ctr.table(0));
  const table = tables.findIndex((candidate) => candidate.key === key);
  if (table < 0) throw corrupt('the counts of a statistic are missing');
  return {
    borders: feature.floats(1),
    statistic: {
      kind,
      table,
      categories,
      floats,
      oneHots,
      targetBorder: ctr.int(1, 0),
      priorNumerator: ctr.float(2, 0),
      priorDenominator: ctr.float(3, 1),
      shift: ctr.float(4, 0),
      scale: ctr.float(5, 1),
    },
  };
}

/** The hash of empty slots. */
const NOTHING = (1n << 64n) - 1n;
const BUCKET = 12; // uint64 hash, uint32 position

/** TStaticCtrProvider: a count, then size-prefixed TCtrValueTable FlatBuffers. */
function readTables(bytes: Uint8Array): NamedTable[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const next = (): number => {
    if (at + 4 > bytes.length) throw corrupt('the tables of statistics end early');
    at += 4;
    return view.getUint32(at - 4, true);
  };
  const count = next();
  const tables: NamedTable[] = [];
  for (let i = 0; i < count; i++) {
    const size = next();
    if (at + size > bytes.length) throw corrupt('the tables of statistics end early');
    tables.push(readTable(FlatTable.root(bytes.slice(at, at + size))));
    at += size;
  }
  return tables;
}

function viewOf(bytes: Uint8Array = new Uint8Array()): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readTable(table: FlatTable): NamedTable {
  const { key, kind } = readBase(table.table(0));
  const index = viewOf(table.bytes(1));
  const blob = viewOf(table.bytes(2));
  const classes = table.int(4, 0);
  const stride = kind === 'counter' ? 1 : kind === 'mean' ? 2 : Math.max(classes, 1);
  const hashes: string[] = [];
  const numbers: number[] = [];
  for (let i = 0; i + BUCKET <= index.byteLength; i += BUCKET) {
    const hash = index.getBigUint64(i, true);
    if (hash === NOTHING) continue;
    const position = index.getUint32(i + 8, true);
    if ((position + 1) * stride * 4 > blob.byteLength) throw corrupt('counts of a statistic are missing');
    hashes.push(String(hash));
    for (let k = 0; k < stride; k++) {
      const cell = (position * stride + k) * 4;
      numbers.push(kind === 'mean' && k === 0 ? blob.getFloat32(cell, true) : blob.getInt32(cell, true));
    }
  }
  return { key, table: { hashes, numbers, denominator: table.int(3, 0) } };
}
