import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Classes, Classifier } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import type { Context } from '../context.ts';
import { classesOf, itemsOf, type Fitted, type Plain } from '../fitted.ts';
import { matrixOf } from '../linear/matrix.ts';
import { checked } from '../linear/scores.ts';
import { effectiveDistances, isEuclidean, type Distances } from './metric.ts';
import { searchOf } from './search-tree.ts';
import { weightsOf } from './weights.ts';

/** The share of each class among the k nearest training rows. */
export const kNeighborsClassifier: Converter = {
  types: ['sklearn.neighbors._classification.KNeighborsClassifier'],
  became: 'distances to all training rows, the nearest vote',
  exactness: '1e-12',
  state: describe,

  predict(fitted, input, context) {
    const { positions, weights, rows } = nearest(fitted, input, context);
    const targets = targetsOf(fitted, rows).map(({ classes, codes }): Classifier => {
      const votes = ops.tally(ops.lookUp(positions, codes), classes.labels.length, weights);
      return {
        kind: 'classifier',
        classes,
        position: ops.positionOfLargest(votes),
        probabilities: ops.divide(votes, ops.sum(votes)),
      };
    });
    return fitted.flag('outputs_2d_', false) ? { kind: 'multiclassifier', targets } : (targets[0] as Classifier);
  },
};

/** The mean of the k nearest training rows' targets. */
export const kNeighborsRegressor: Converter = {
  types: ['sklearn.neighbors._regression.KNeighborsRegressor'],
  became: 'distances to all training rows, mean of the nearest',
  exactness: '1e-12',
  state: describe,

  predict(fitted, input, context) {
    const { positions, weights, count, rows } = nearest(fitted, input, context);
    const { targets, table } = regressionTargets(fitted, rows);
    const total = ops.rowTotal(positions, table, targets ?? 1, weights);
    const value = ops.divide(total, weights ? ops.sum(weights) : count);
    return { kind: 'regressor', value, single: targets === undefined };
  },
};

function describe(fitted: Fitted): string {
  const points = fitted.has('n_samples_fit_') ? ` of ${fitted.number('n_samples_fit_')}` : '';
  return `${fitted.number('n_neighbors')} neighbours${points}`;
}

export interface Nearest {
  /** Which training rows, int64 [N, count]. */
  readonly positions: Value;
  /** Their distances, [N, count]. */
  readonly distances: () => Value;
  readonly rows: number;
}

function nearest(fitted: Fitted, input: Features, context: Context) {
  const count = fitted.number('n_neighbors');
  const { positions, distances, rows } = nearestRows(fitted, input, count, context);
  return { positions, weights: weightsOf(fitted, distances), count, rows };
}

/** The `count` nearest training rows, found as the estimator's own search finds them. */
export function nearestRows(fitted: Fitted, input: Features, count: number, context: Context): Nearest {
  const points = trainingRows(fitted, input.width, context);
  const rows = points.length / input.width;
  if (!Number.isInteger(count) || count < 1 || count > rows)
    throw fitted.wrong('n_neighbors', `between 1 and the ${rows} training rows`);
  const x = checked(input.numbers());
  if (fitted.text('_fit_method') === 'brute') return bruteForce(fitted, x, points, count);
  const distancesTo = (others: Float64Array): Distances => effectiveDistances(fitted, x, others);
  const ties = searchOf(fitted, x, rows, distancesTo);
  if (isEuclidean(fitted.raw('effective_metric_'))) {
    const squares = ops.compare(x, points, { kind: 'squares' });
    const positions = ops.nearest(x, squares, count, ties, points);
    return { positions, distances: () => ops.squareRoot(ops.squaresAt(x, positions, points)), rows };
  }
  const { reduced, root } = distancesTo(points);
  const positions = ops.nearest(x, reduced, count, ties);
  return { positions, distances: () => root(ops.pick(reduced, positions)), rows };
}

/** Metrics for which brute force sorts with NumPy's argpartition, in every version. */
const partitioned: ReadonlySet<Plain | undefined> = new Set(['cosine', 'hamming', 'correlation']);

/**
 * From 1.1 on brute force keeps the nearest on a heap. Before, and for some metrics, it uses argpartition, whose choice
 * among equals follows from the machine: here the first ones are taken.
 */
function bruteForce(fitted: Fitted, x: Value, points: Float64Array, count: number): Nearest {
  const metric = fitted.raw('effective_metric_');
  const rows = points.length / x.width;
  const ties = fitted.since(1, 1) && !partitioned.has(metric) ? 'heap' : 'first';
  if (isEuclidean(metric)) {
    const squares = ops.expandedSquares(x, points);
    const positions = ops.nearest(x, squares, count, ties);
    const found = (): Value => ops.pick(squares, positions);
    return { positions, distances: () => (metric === 'sqeuclidean' ? found() : ops.squareRoot(found())), rows };
  }
  const { reduced, root } = effectiveDistances(fitted, x, points);
  const positions = ops.nearest(x, reduced, count, ties);
  return { positions, distances: () => root(ops.pick(reduced, positions)), rows };
}

/** `_fit_X`: the rows that the model compares with; they are part of the package. */
export function trainingRows(fitted: Fitted, width: number, context: Context): Float64Array {
  const { shape, data } = matrixOf(fitted, '_fit_X');
  if (!data.length || shape.at(-1) !== width) throw fitted.wrong('_fit_X', `training rows of ${width} columns`);
  context.warn(`${fitted.path} keeps its training rows: whoever has the package can read them.`);
  return data;
}

interface Target {
  readonly classes: Classes;
  /** Position in the classes of each training row. */
  readonly codes: Float64Array;
}

/** `_y` holds positions in the classes, a column for each target. */
export function targetsOf(fitted: Fitted, rows: number): Target[] {
  const { shape, data } = fitted.array('_y');
  const isTable = fitted.flag('outputs_2d_', false);
  const perTarget = isTable
    ? fitted
        .list('classes_')
        .map((own) => classesOf(itemsOf(own) ?? [], () => fitted.wrong('classes_', 'class labels')))
    : [fitted.classes()];
  const count = perTarget.length;
  if ((isTable && shape[1] !== count) || data.length !== rows * count)
    throw fitted.wrong('_y', `${rows} rows of ${count} columns`);
  return perTarget.map((classes, t) => {
    const codes = data.filter((_, i) => i % count === t);
    if (codes.some((code) => !(code >= 0 && code < classes.labels.length)))
      throw fitted.wrong('_y', 'positions in classes_');
    return { classes, codes };
  });
}

/** `_y` of a regressor: `targets` is undefined where it is a vector. */
export function regressionTargets(fitted: Fitted, rows: number): { targets: number | undefined; table: Float64Array } {
  const { shape, data } = fitted.array('_y');
  const targets = shape.length > 1 ? shape[1] : undefined;
  if (!data.length || data.length !== rows * (targets ?? 1)) throw fitted.wrong('_y', `${rows} rows`);
  return { targets, table: data };
}
