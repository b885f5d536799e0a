import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Classifier } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import type { Context } from '../context.ts';
import { itemsOf, NdArray, scalarOf, type Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';
import { regressionTargets, targetsOf, trainingRows } from './k-neighbors.ts';
import { effectiveDistances, isEuclidean } from './metric.ts';
import { weightsOf } from './weights.ts';

/** The share of each class among the training rows within a radius; rows without any get `outlier_label`. */
export const radiusNeighborsClassifier: Converter = {
  types: ['sklearn.neighbors._classification.RadiusNeighborsClassifier'],
  became: 'distances to all training rows, those inside vote',
  exactness: '1e-12',
  state: (fitted) => `radius ${fitted.number('radius')}`,

  predict(fitted, input, context) {
    const { weights, rows } = within(fitted, input, context);
    const outliers = itemsOf(fitted.raw('outlier_label_'));
    if (!outliers) {
      throw fitted.unsupported(
        'RadiusNeighborsClassifier without outlier_label',
        "Set outlier_label to one of the classes or 'most_frequent' and train again.",
        'scikit-learn fails on rows that have no neighbour, which a row does not show',
      );
    }
    const targets = targetsOf(fitted, rows).map(({ classes, codes }, t): Classifier => {
      const outlier = classes.labels.indexOf(scalarOf(outliers[t] ?? null) ?? NaN);
      if (outlier < 0) {
        throw fitted.unsupported(
          'an outlier_label that is none of the classes',
          'Use one of the classes as outlier_label and train again.',
        );
      }
      const table = new Float64Array(codes.length * classes.labels.length);
      codes.forEach((code, row) => (table[code * codes.length + row] = 1));
      const votes = ops.linear(weights, table);
      const total = ops.sum(votes);
      const isEmpty = ops.equal(total, 0);
      const alone = classes.labels.map((_, k) => Number(k === outlier));
      const probabilities = ops.divide(
        ops.where(isEmpty, ops.constant(alone), votes),
        ops.where(isEmpty, ops.constant([1]), total),
      );
      return { kind: 'classifier', classes, position: ops.positionOfLargest(probabilities), probabilities };
    });
    return fitted.flag('outputs_2d_', false) ? { kind: 'multiclassifier', targets } : (targets[0] as Classifier);
  },
};

/** The mean target of the training rows within a radius; NaN where there is none. */
export const radiusNeighborsRegressor: Converter = {
  types: ['sklearn.neighbors._regression.RadiusNeighborsRegressor'],
  became: 'distances to all training rows, mean of those inside',
  exactness: '1e-12',
  state: (fitted) => `radius ${fitted.number('radius')}`,

  predict(fitted, input, context) {
    const { weights, rows } = within(fitted, input, context);
    const { targets, table } = regressionTargets(fitted, rows);
    const width = targets ?? 1;
    const byTarget = Float64Array.from(
      { length: rows * width },
      (_, i) => table[(i % rows) * width + Math.floor(i / rows)] as number,
    );
    const total = ops.sum(weights);
    const mean = ops.divide(ops.linear(weights, byTarget), total);
    // Of integer targets the library fills with what NaN is as an integer.
    const target = fitted.raw('_y');
    const isWhole = target instanceof NdArray && 'iu'.includes(target.dtype.kind);
    const value = isWhole ? ops.where(ops.equal(total, 0), -(2 ** 63), mean) : mean;
    return { kind: 'regressor', value, single: targets === undefined };
  },
};

/** The weight of each training row, 0 outside of the radius: [N, rows]. */
function within(fitted: Fitted, input: Features, context: Context): { weights: Value; rows: number } {
  const points = trainingRows(fitted, input.width, context);
  const x = checked(input.numbers());
  const direct = effectiveDistances(fitted, x, points);
  const { root, reduce } = direct;
  const isExpanded = fitted.text('_fit_method') === 'brute' && isEuclidean(fitted.raw('effective_metric_'));
  const reduced = isExpanded ? ops.expandedSquares(x, points) : direct.reduced;
  const isInside = ops.lessOrEqual(reduced, reduce(fitted.number('radius')));
  const rows = reduced.width;
  const inside = ops.cast(isInside, 'float64');
  const weights = weightsOf(fitted, () => root(reduced)); // who is at distance 0 is inside as well
  return { weights: weights ? ops.multiply(weights, inside) : inside, rows };
}
