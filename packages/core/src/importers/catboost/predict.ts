import { joinTrees, ops, type Value } from '../../ir/index.ts';
import type { TargetStatisticsStep } from '../../pre/index.ts';
import type { Features } from '../model/features.ts';
import { numberedClasses } from '../model/numbered-classes.ts';
import type { Classes, Prediction } from '../model/prediction.ts';
import { corrupt, type CatboostModel } from './model.ts';

/** RawFormulaVal [N, dimension]: scale · Σ trees + bias, in float64. */
function rawFormula(model: CatboostModel, input: Features): Value {
  if (input.width !== model.names.length) throw corrupt(`it takes ${model.names.length} columns, not ${input.width}`);
  if (!(model.dimension >= 1)) throw corrupt(`it has ${model.dimension} outputs`);
  const { columns, missingLeft } = splitColumns(model, input);
  const limits = model.splits.map((split) => (split.kind === 'one-hot' ? 0.5 : split.border));
  const columnOf = columnNumbers(model);
  const tables = model.trees.map((tree) => {
    const nodes = tree.feature.length;
    const feature = new Int32Array(nodes);
    const threshold = new Float64Array(nodes);
    const missing = new Uint8Array(nodes);
    for (let node = 0; node < nodes; node++) {
      if ((tree.left[node] as number) < 0) continue;
      const split = tree.feature[node] as number;
      const column = columnOf[split];
      if (column === undefined) throw corrupt(`a tree uses split ${split} of ${model.splits.length}`);
      feature[node] = column;
      threshold[node] = limits[split] as number;
      missing[node] = missingLeft[column] as number;
    }
    return { feature, threshold, left: tree.left, right: tree.right, missingLeft: missing, values: tree.values };
  });
  if (!tables.length) throw corrupt('it holds no trees');
  const sum = ops.forest(columns, joinTrees(tables, model.dimension, columns.width, '<='));
  const scaled = model.scale === 1 ? sum : ops.multiply(sum, model.scale);
  return model.bias.every((bias) => bias === 0) ? scaled : ops.add(scaled, model.bias);
}

/** Column that each split reads: float features first, then one for each one-hot value, then the statistics. */
function columnNumbers({ splits, floats }: CatboostModel): number[] {
  const oneHots = splits.filter(({ kind }) => kind === 'one-hot').length;
  let nextOneHot = floats.length;
  return splits.map((split) => {
    if (split.kind === 'float') return split.feature;
    return split.kind === 'one-hot' ? nextOneHot++ : floats.length + oneHots + split.statistic;
  });
}

function splitColumns(model: CatboostModel, input: Features): { columns: Value; missingLeft: number[] } {
  const { floats, splits, categories, statistics } = model;
  const parts: Value[] = floats.map(({ flat }) => ops.cast(ops.cast(input.number(flat), 'float32'), 'float64'));
  const missingLeft = floats.map(({ nanIsGreater }) => (nanIsGreater ? 0 : 1));
  const oneHots = splits.filter((split) => split.kind === 'one-hot');
  // Categories that no split uses are text all the same in an array, whose every position is given.
  if (!input.names) for (const flat of categories) if (input.kind(flat) === 'unknown') input.text(flat);
  if (oneHots.length || statistics.length) {
    const derived = statisticsValue(model, input);
    for (const { category, value } of oneHots) {
      parts.push(ops.cast(ops.equal(ops.select(derived, [category]), value), 'float64'));
      missingLeft.push(1);
    }
    statistics.forEach((_statistic, s) => {
      parts.push(ops.select(derived, [categories.length + s]));
      missingLeft.push(1);
    });
  }
  if (parts.length === 0) throw corrupt('it takes no columns');
  return { columns: ops.concat(parts), missingLeft };
}

function statisticsValue({ floats, categories, statistics, tables, names }: CatboostModel, input: Features): Value {
  const used = [...new Set(statistics.flatMap((statistic) => statistic.floats.map(({ column }) => column)))];
  const numbers = used.map((column) => {
    const feature = floats[column];
    if (!feature) throw corrupt('a statistic of a column that is not there');
    return feature.flat;
  });
  const step: TargetStatisticsStep = {
    op: 'target-statistics',
    columns: categories.map((flat) => names[flat] as string),
    numbers: numbers.map((flat) => names[flat] as string),
    output: 'categories_as_numbers',
    tables,
    statistics: statistics.map((statistic) => ({
      ...statistic,
      floats: statistic.floats.map(({ column, border }) => ({ column: used.indexOf(column), border })),
    })),
  };
  return ops.targetStatisticsOf(
    categories.map((flat) => input.text(flat)),
    numbers.map((flat) => input.number(flat)),
    step,
  );
}

const EXPONENT: ReadonlySet<string> = new Set(['Poisson', 'Tweedie']);
const BINARY: ReadonlySet<string> = new Set(['Logloss', 'CrossEntropy', 'Focal']);
const MULTICLASS: ReadonlySet<string> = new Set(['MultiClass', 'MultiClassOneVsAll']);
const MULTILABEL: ReadonlySet<string> = new Set(['MultiLogloss', 'MultiCrossEntropy']);

/** Answers by the loss that the model was trained with. */
export function predictCatboost(model: CatboostModel, input: Features): Prediction {
  const raw = rawFormula(model, input);
  const { loss } = model.info;
  const name = loss.split(':')[0] as string;
  const extras = [{ method: 'raw', name: 'raw', value: raw, flat: raw.width === 1 }];
  if (BINARY.has(name)) {
    const p = sigmoid(raw);
    return {
      kind: 'classifier',
      classes: classesOf(model, 2),
      position: ops.cast(ops.greater(raw, 0), 'int64'),
      probabilities: ops.concat([ops.subtract(ops.constant([1]), p), p]),
      extras,
    };
  }
  if (MULTICLASS.has(name)) {
    const probabilities = name === 'MultiClass' ? ops.softmax(raw) : sigmoid(raw);
    return {
      kind: 'classifier',
      classes: classesOf(model, raw.width),
      position: ops.positionOfLargest(raw),
      probabilities,
      extras,
    };
  }
  if (MULTILABEL.has(name)) {
    return { kind: 'multilabel', labels: ops.cast(ops.greater(raw, 0), 'int64'), probabilities: sigmoid(raw), extras };
  }
  if (name === 'RMSEWithUncertainty')
    return { kind: 'regressor', value: meanAndSpread(raw, model.info.answersDeviation), single: false, extras };
  const value = EXPONENT.has(name) ? ops.exponential(raw) : raw;
  return { kind: 'regressor', value, single: value.width === 1, extras };
}

/** The loss learns the mean and the logarithm of the standard deviation; predict answers the variance, once the deviation. */
function meanAndSpread(raw: Value, deviation: boolean): Value {
  const logarithm = ops.select(raw, [1]);
  return ops.concat([ops.select(raw, [0]), ops.exponential(deviation ? logarithm : ops.multiply(logarithm, 2))]);
}

/** The class CatBoost itself: predict answers the raw formula, whatever the loss. */
export function predictPlain(model: CatboostModel, input: Features): Prediction {
  const prediction = predictCatboost(model, input);
  const raw = prediction.extras?.find(({ method }) => method === 'raw');
  return raw ? { ...prediction, extras: [...(prediction.extras ?? []), { ...raw, method: 'predict' }] } : prediction;
}

function sigmoid(z: Value): Value {
  return ops.divide(ops.constant([1]), ops.add(ops.exponential(ops.negate(z)), 1));
}

const LABEL_TYPES: ReadonlyMap<string, Classes['type']> = new Map([
  ['String', 'string'],
  ['Integer', 'integer'],
  ['Float', 'float'],
  ['Boolean', 'boolean'],
]);

function classesOf({ info }: CatboostModel, count: number): Classes {
  const labels = info.classNames;
  if (labels?.length !== count) return numberedClasses(count);
  const declared = LABEL_TYPES.get(info.classType ?? '');
  const numbers = declared === 'integer' || declared === 'float' ? labels.map(Number) : labels;
  return { labels: numbers, type: declared ?? (typeof labels[0] === 'string' ? 'string' : 'integer') };
}
