import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { linearPredictor } from './linear-regressors.ts';
import { bothClasses, decisionPosition, oneVsRestProbabilities, scoresOf, shares } from './scores.ts';

/** Linear classifiers by stochastic gradient; only the logistic and the modified Huber loss have probabilities. */
export const sgdClassifier: Converter = {
  types: ['sklearn.linear_model._stochastic_gradient.SGDClassifier'],
  became: 'matrix product, probabilities of its loss',
  exactness: '1e-12',
  state: (fitted) => `loss ${fitted.text('loss')}, ${fitted.classes().labels.length} classes`,

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

/** Linear classifiers with scores alone. */
export const marginClassifiers: Converter = {
  types: [
    'sklearn.linear_model._passive_aggressive.PassiveAggressiveClassifier',
    'sklearn.linear_model._perceptron.Perceptron',
    'sklearn.svm._classes.LinearSVC',
  ],
  became: 'matrix product, largest score',
  exactness: '1e-12',
  state: (fitted) => `${fitted.classes().labels.length} classes`,

  predict(fitted, input) {
    const classes = fitted.classes();
    const scores = scoresOf(fitted, input, classes.labels.length);
    return { kind: 'classifier', classes, position: decisionPosition(scores), scores };
  },
};

/** The linear one-class machine: outside is where x · coef − offset is negative. */
export const sgdOneClass: Converter = {
  types: ['sklearn.linear_model._stochastic_gradient.SGDOneClassSVM'],
  became: 'matrix product, offset',
  exactness: '1e-12',

  predict(fitted, input) {
    const score = ops.subtract(linearPredictor(fitted, input).value, fitted.vector('offset_', 1));
    return {
      kind: 'outlier',
      score,
      label: inlierLabel(ops.greaterOrEqual(score, 0)),
      samples: ops.add(score, fitted.vector('offset_', 1)),
    };
  },
};

/** 1 where true, -1 where false. */
export function inlierLabel(isInlier: Value): Value {
  return ops.where(isInlier, ops.constant([1], 'int64'), -1);
}

function probabilities(fitted: Fitted, scores: Value): Value | undefined {
  const loss = fitted.text('loss');
  if (loss === 'log_loss' || loss === 'log') return oneVsRestProbabilities(scores, fitted);
  return loss === 'modified_huber' ? modifiedHuber(scores) : undefined;
}

/** (clip(z, −1, 1) + 1) / 2; several classes are divided by their sum, and equal where all of them are 0. */
function modifiedHuber(scores: Value): Value {
  const p = ops.divide(ops.add(ops.minimum(ops.maximum(scores, -1), 1), 1), 2);
  return scores.width === 1 ? bothClasses(p) : shares(p);
}
