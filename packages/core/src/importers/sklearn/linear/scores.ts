import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Fitted } from '../fitted.ts';
import { matrixOf } from './matrix.ts';

/** What `check_array` refuses by default: missing values and infinity. */
export function checked(x: Value): Value {
  return ops.require(x, { present: true, finite: true });
}

/** decision_function of linear classifiers: x · coefᵀ + intercept; [N,1] for two classes. */
export function scoresOf(fitted: Fitted, input: Features, classes: number): Value {
  const { shape, data } = matrixOf(fitted, 'coef_');
  const outputs = shape.length === 1 ? 1 : (shape[0] as number);
  if (data.length !== outputs * input.width || (outputs !== classes && !(outputs === 1 && classes === 2))) {
    throw fitted.wrong('coef_', `${classes} × ${input.width} numbers`);
  }
  return ops.linear(checked(input.numbers()), data, fitted.vector('intercept_', outputs));
}

/** 1 / (1 + exp(−z)), as scipy.special.expit within the last bit. */
export function sigmoid(z: Value): Value {
  return ops.divide(ops.constant([1]), ops.add(ops.exponential(ops.negate(z)), 1));
}

/** Position of the predicted class: z > 0 for two classes, else the largest score. */
export function decisionPosition(scores: Value): Value {
  return scores.width === 1 ? ops.cast(ops.greater(scores, 0), 'int64') : ops.positionOfLargest(scores);
}

/** [1 − p, p] of the positive class's probability. */
export function bothClasses(p: Value): Value {
  return ops.concat([ops.subtract(ops.constant([1]), p), p]);
}

/** Each number divided by the sum of its row; 1/K each in rows of zeros. */
export function shares(p: Value): Value {
  const total = ops.sum(p);
  const isZero = ops.equal(total, 0);
  const safe = ops.where(isZero, ops.constant([p.width]), total);
  return ops.divide(ops.where(isZero, ops.constant(new Float64Array(p.width).fill(1)), p), safe);
}

/**
 * σ of each score; for several classes divided by their sum, as `LinearClassifierMixin._predict_proba_lr`.
 *
 * Where every σ is 0 (scores below −709) scikit-learn answers NaN, from 1.9 on equal shares.
 */
export function oneVsRestProbabilities(scores: Value, fitted: Fitted): Value {
  const p = sigmoid(scores);
  if (scores.width === 1) return bothClasses(p);
  return fitted.since(1, 9) ? shares(p) : ops.divide(p, ops.sum(p));
}
