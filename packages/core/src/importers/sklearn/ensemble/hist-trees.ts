import { joinTrees, ops, type TreeEnsemble, type TreeTable, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import { itemsOf, NdArray, numbersOf, PyObject, type Fitted } from '../fitted.ts';
import { CategorySets } from './category-sets.ts';

/** The trees of histogram boosting, and the matrix that they read. */
export interface HistTrees {
  readonly x: Value;
  readonly trees: TreeEnsemble;
}

/**
 * Reads `_predictors`. From 1.4 on `_preprocessor` puts the categorical columns first, as codes of an OrdinalEncoder;
 * before, users coded their categories themselves and the order stayed. Splits on sets of categories become splits on
 * derived columns.
 */
export function histTrees(fitted: Fitted, input: Features, context: Context, perIteration: number): HistTrees {
  const { columns, categorical, encoded } = columnsOf(fitted, input, context);
  const sets = new CategorySets(columns.length, knownCategories(fitted, context, categorical));
  const tables = fitted.list('_predictors').flatMap((iteration, i) => {
    const predictors = itemsOf(iteration) ?? [];
    if (predictors.length !== perIteration)
      throw fitted.wrong('_predictors', `${perIteration} trees for each iteration`);
    return predictors.map((predictor, k) => {
      if (!(predictor instanceof PyObject)) throw fitted.wrong('_predictors', 'trees');
      return readPredictor(context.fitted(predictor, `_predictors.${i}.${k}`), sets);
    });
  });
  const derived = sets.columns((at) => (encoded ? (columns[at] as Value) : unsignedByte(columns[at] as Value)));
  const x = ops.concat([...columns, ...derived]);
  return { x, trees: joinTrees(tables, 1, x.width, '<=') };
}

interface Columns {
  readonly columns: readonly Value[];
  readonly categorical: readonly number[];
  /** Categories are codes of the model's own encoder: whole numbers or NaN. */
  readonly encoded: boolean;
}

function columnsOf(fitted: Fitted, input: Features, context: Context): Columns {
  const flags = numbersOf(fitted.raw('is_categorical_'))?.data;
  if (flags && flags.length !== input.width) throw fitted.wrong('is_categorical_', `${input.width} flags`);
  const positions = Array.from({ length: input.width }, (_, i) => i);
  const categorical = positions.filter((i) => flags?.[i]);
  const preprocessor = fitted.raw('_preprocessor');
  if (!categorical.length || !(preprocessor instanceof PyObject)) {
    return { columns: positions.map((i) => input.number(i)), categorical, encoded: false };
  }
  const transformers = context.fitted(preprocessor, '_preprocessor').list('transformers_').map(itemsOf);
  const encoder = transformers.find((entry) => entry?.[0] === 'encoder')?.[1];
  const codes = context.transform(encoder, input.select(categorical), '_preprocessor.encoder');
  const numeric = positions.filter((i) => !flags?.[i]).map((i) => input.number(i));
  return {
    columns: [...categorical.map((_, i) => codes.number(i)), ...numeric],
    categorical: categorical.map((_, i) => i),
    encoded: true,
  };
}

/** Categories seen in training, of each categorical column: `bin_thresholds_` of the bin mapper holds them. */
function knownCategories(
  fitted: Fitted,
  context: Context,
  categorical: readonly number[],
): ReadonlyMap<number, Float64Array> {
  if (!categorical.length) return new Map();
  const mapper = context.fitted(fitted.object_('_bin_mapper'), '_bin_mapper');
  const thresholds = mapper.list('bin_thresholds_');
  return new Map(
    categorical.map((column) => {
      const known = numbersOf(thresholds[column])?.data;
      if (!known) throw mapper.wrong('bin_thresholds_', 'the categories of each categorical column');
      return [column, known];
    }),
  );
}

/** `(uint8) x` for numbers from 0 on, as compiled for x86-64: the last byte of the whole number. NaN for negative ones. */
function unsignedByte(column: Value): Value {
  return ops.where(ops.less(column, 0), NaN, ops.remainder(column, 256));
}

function readPredictor(predictor: Fitted, sets: CategorySets): TreeTable {
  const nodes = predictor.raw('nodes');
  if (!(nodes instanceof NdArray)) throw predictor.wrong('nodes', 'a table of nodes');
  const missing = (name: string): never => {
    throw predictor.wrong('nodes', `records with ${name}`);
  };
  const integers = (name: string): Int32Array => nodes.fieldInt32(name) ?? missing(name);
  const flags = (name: string): Uint8Array => nodes.fieldUint8(name) ?? missing(name);
  const isLeaf = flags('is_leaf');
  const feature = integers('feature_idx');
  const threshold = nodes.fieldFloat64('num_threshold') ?? missing('num_threshold');
  const missingLeft = flags('missing_go_to_left');
  const left = integers('left');
  left.forEach((_, node) => isLeaf[node] && (left[node] = -1));
  const isCategorical = flags('is_categorical');
  if (isCategorical.some((flag, node) => flag && !isLeaf[node])) {
    const bitsets = numbersOf(predictor.raw('raw_left_cat_bitsets'))?.data ?? missing('raw_left_cat_bitsets');
    const index = integers('bitset_idx');
    isCategorical.forEach((flag, node) => {
      if (!flag || isLeaf[node]) return;
      const at = (index[node] as number) * 8;
      if (!(at >= 0 && at + 8 <= bitsets.length))
        throw predictor.wrong('raw_left_cat_bitsets', 'a set for each categorical split');
      feature[node] = sets.columnOf(
        feature[node] as number,
        bitsets.subarray(at, at + 8),
        missingLeft[node] === 1,
        predictor,
      );
      threshold[node] = -0.5;
      missingLeft[node] = 0;
    });
  }
  return {
    feature,
    threshold,
    left,
    right: integers('right'),
    missingLeft,
    values: nodes.fieldFloat64('value') ?? missing('value'),
  };
}
