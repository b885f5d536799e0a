import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { decisionPosition, oneVsRestProbabilities, scoresOf } from './scores.ts';

/**
 * Probabilities by one of three formulas (`LogisticRegression.predict_proba`):
 * two classes σ(z), multinomial softmax, one-vs-rest σ normalised by its sum.
 */
export const logisticRegression: Converter = {
  types: ['sklearn.linear_model._logistic.LogisticRegression', 'sklearn.linear_model._logistic.LogisticRegressionCV'],
  became: 'matrix product, softmax or sigmoid',
  exactness: '1e-12',
  state: (fitted) => `${fitted.classes().labels.length} classes, coef_ ${fitted.array('coef_').shape.join(' × ')}`,

  predict(fitted, input) {
    const classes = fitted.classes();
    const scores = scoresOf(fitted, input, classes.labels.length);
    return {
      kind: 'classifier',
      classes,
      position: decisionPosition(scores),
      scores,
      probabilities: probabilities(fitted, scores),
    };
  },
};

function probabilities(fitted: Fitted, scores: Value): Value {
  if (isOneVsRest(fitted, scores.width)) return oneVsRestProbabilities(scores, fitted);
  if (scores.width > 1) return ops.softmax(scores);
  // Binary multinomial: softmax over [-z, z].
  return ops.softmax(ops.concat([ops.negate(scores), scores]));
}

/**
 * `multi_class` was deprecated in 1.5 and removed in 1.8. 'auto' means one-vs-rest for two classes, for liblinear, and
 * up to 1.5 for newton-cholesky.
 */
function isOneVsRest(fitted: Fitted, outputs: number): boolean {
  const choice = fitted.has('multi_class') ? fitted.text('multi_class') : 'deprecated';
  if (choice === 'ovr' || choice === 'warn') return true;
  if (choice === 'multinomial') return false;
  const solver = fitted.text('solver', 'lbfgs');
  return outputs === 1 || solver === 'liblinear' || (solver === 'newton-cholesky' && !fitted.since(1, 6));
}
