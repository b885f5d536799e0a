import { ops, type Value } from '../../ir/index.ts';
import type { Outlier, Prediction } from '../model/prediction.ts';
import type { Fitted } from '../sklearn/fitted.ts';

/** Answers of a detector of PyOD by its score: an outlier (1) beyond the threshold, and how far up the training scores reach. */
export function detected(fitted: Fitted, score: Value): Prediction {
  const label = ops.cast(ops.greater(score, fitted.number('threshold_')), 'int64');
  const found: Outlier = { kind: 'outlier', label, score };
  const trained = fitted.optionalArray('decision_scores_')?.data;
  if (!trained?.length) return found;
  const value = sharesOf(score, trained);
  return { ...found, extras: [{ method: 'predict_proba', name: 'probabilities', value, flat: false }] };
}

/** `method='linear'`: the score between the least and the greatest of training, as MinMaxScaler has it, within 0 and 1. */
function sharesOf(score: Value, trained: Float64Array): Value {
  let least = Infinity;
  let greatest = -Infinity;
  for (const own of trained) {
    least = Math.min(least, own);
    greatest = Math.max(greatest, own);
  }
  const scale = 1 / (greatest - least || 1);
  const scaled = ops.add(ops.multiply(score, scale), 0 - least * scale);
  const share = ops.minimum(ops.maximum(scaled, 0), 1);
  return ops.concat([ops.subtract(ops.constant([1]), share), share]);
}
