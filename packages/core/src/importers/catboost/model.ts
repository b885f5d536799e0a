import { fail } from '../../errors/index.ts';
import type { TreeTable } from '../../ir/index.ts';
import type { Statistic, StatisticsTable } from '../../pre/index.ts';

export interface FloatFeature {
  readonly flat: number;
  readonly borders: Float32Array;
  /** NaN counts as greater than every border; else as not greater. */
  readonly nanIsGreater: boolean;
}

export interface OneHotFeature {
  /** Position among the categorical features. */
  readonly category: number;
  /** Hashes of its values. */
  readonly values: Int32Array;
}

export interface StatisticFeature {
  readonly statistic: Statistic;
  readonly borders: Float32Array;
}

/** A test of a tree: `float > border`, `category == value`, `statistic > border`. */
export type Split =
  | { readonly kind: 'float'; readonly feature: number; readonly border: number }
  | { readonly kind: 'one-hot'; readonly category: number; readonly value: number }
  | { readonly kind: 'statistic'; readonly statistic: number; readonly border: number };

/** A tree whose splits are numbers of {@link CatboostModel.splits}. */
export interface CatboostTree extends Omit<TreeTable, 'threshold' | 'missingLeft'> {
  readonly values: Float64Array;
}

/** What `.cbm` and JSON files hold alike. */
export interface CatboostModel {
  /** Numbers per row. */
  readonly dimension: number;
  /** Name of each column of the data, by flat index. */
  readonly names: readonly string[];
  readonly floats: readonly FloatFeature[];
  /** Flat index of each categorical feature. */
  readonly categories: readonly number[];
  readonly splits: readonly Split[];
  readonly trees: readonly CatboostTree[];
  readonly statistics: readonly Statistic[];
  readonly tables: readonly StatisticsTable[];
  readonly scale: number;
  readonly bias: readonly number[];
  readonly info: ModelInfo;
}

/** From the model's key-value map. */
export interface ModelInfo {
  readonly loss: string;
  readonly classNames: readonly (string | number | boolean)[] | undefined;
  readonly classType: string | undefined;
  readonly version: string | undefined;
  /** Its second number of RMSEWithUncertainty is the deviation, as before 0.24.2; later the variance. */
  readonly answersDeviation: boolean;
}

/** All splits in the order in which files number them: borders of floats, one-hot values, borders of statistics. */
export function listSplits(
  floats: readonly FloatFeature[],
  oneHots: readonly OneHotFeature[],
  statistics: readonly StatisticFeature[],
): Split[] {
  return [
    ...floats.flatMap(({ borders }, feature) =>
      Array.from(borders, (border): Split => ({ kind: 'float', feature, border })),
    ),
    ...oneHots.flatMap(({ category, values }) =>
      Array.from(values, (value): Split => ({ kind: 'one-hot', category, value })),
    ),
    ...statistics.flatMap(({ borders }, statistic) =>
      Array.from(borders, (border): Split => ({ kind: 'statistic', statistic, border })),
    ),
  ];
}

/** Names by flat index; columns without one are called by their number. */
export function columnNames(
  features: readonly { readonly flat: number; readonly name: string | undefined }[],
): string[] {
  const names: string[] = features.map((_, i) => String(i));
  for (const { flat, name } of features) {
    if (!(Number.isInteger(flat) && flat >= 0 && flat < names.length))
      throw corrupt(`column ${flat} of ${names.length}`);
    if (name) names[flat] = name;
  }
  return names;
}

const DEEPEST = 16;

/**
 * A symmetric tree as a table: all nodes of a level ask the same split. Bit b of a leaf's number is the answer of
 * split b.
 */
export function symmetricTree(splits: readonly number[], leafValues: Float64Array, dimension: number): CatboostTree {
  const depth = splits.length;
  const leaves = 2 ** depth;
  if (depth > DEEPEST || leafValues.length !== leaves * dimension)
    throw corrupt('the leaves of a tree do not fit its depth');
  const inner = leaves - 1;
  const nodes = inner + leaves;
  const feature = new Int32Array(nodes);
  const left = new Int32Array(nodes).fill(-1);
  const right = new Int32Array(nodes).fill(-1);
  const values = new Float64Array(nodes * dimension);
  // Heap order: node 2^level - 1 + answers so far, the first answer being the highest bit.
  for (let level = 0, node = 0; level < depth; level++) {
    for (let i = 0; i < 2 ** level; i++, node++) {
      feature[node] = splits[level] as number;
      left[node] = 2 * node + 1;
      right[node] = 2 * node + 2;
    }
  }
  for (let i = 0; i < leaves; i++) {
    let number = 0;
    for (let b = 0; b < depth; b++) if ((i >> (depth - 1 - b)) & 1) number |= 1 << b;
    values.set(leafValues.subarray(number * dimension, (number + 1) * dimension), (inner + i) * dimension);
  }
  return { feature, left, right, values };
}

/** The revision "Switch from std to Variance for data uncertainty"; releases of that time do not name themselves. */
const VARIANCE_SINCE = 7442665;

/** `class_params` and `params` of the key-value map, JSON texts or objects. */
export function readInfo(get: (key: string) => unknown): ModelInfo {
  const params = object(get('params'));
  const loss = object(params['loss_function'])['type'];
  const classes = object(get('class_params'));
  const names = classes['class_names'];
  const type = classes['class_label_type'];
  const build = textOf(get('catboost_version_info'));
  const version = /CatBoost release ([\d.]+)|tags\/v([\d.]+)/.exec(build);
  return {
    loss: typeof loss === 'string' ? loss : 'RMSE',
    classNames: Array.isArray(names) ? (names as (string | number | boolean)[]) : undefined,
    classType: typeof type === 'string' ? type : undefined,
    version: version?.[1] ?? version?.[2],
    answersDeviation: Number(/Last Changed Rev: (\d+)/.exec(build)?.[1] ?? Infinity) < VARIANCE_SINCE,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function object(value: unknown): Record<string, unknown> {
  try {
    const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: 'CatBoost', problem: "the model's own description is no JSON" }, { cause });
  }
}

export function corrupt(problem: string): Error {
  return fail('CORRUPT_FILE', { format: 'CatBoost', problem });
}
