import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Prediction } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';
import { posterior } from './posterior.ts';

const shared = { became: 'log likelihood of each class, normalised', exactness: '1e-12' } as const;

/** x · log probabilitiesᵀ + log prior */
export const multinomialNaiveBayes: Converter = {
  types: ['sklearn.naive_bayes.MultinomialNB'],
  ...shared,
  state: describe,
  predict: (fitted, input) => classify(fitted, product(fitted, input, fitted.vector('class_log_prior_'))),
};

/** x · complement weightsᵀ; the prior counts only when there is a single class. */
export const complementNaiveBayes: Converter = {
  types: ['sklearn.naive_bayes.ComplementNB'],
  ...shared,
  state: describe,

  predict(fitted, input) {
    const prior = fitted.classes().labels.length === 1 ? fitted.vector('class_log_prior_') : undefined;
    return classify(fitted, product(fitted, input, prior));
  },
};

/** Each column is there (above `binarize`) or not: x · (log p − log(1 − p))ᵀ + log prior + Σ log(1 − p). */
export const bernoulliNaiveBayes: Converter = {
  types: ['sklearn.naive_bayes.BernoulliNB'],
  ...shared,
  state: describe,

  predict(fitted, input) {
    const count = fitted.classes().labels.length;
    const width = input.width;
    const present = fitted.vector('feature_log_prob_', count * width);
    const absent = present.map((log) => Math.log(1 - Math.exp(log)));
    const bias = fitted.vector('class_log_prior_', count).map((prior, k) => {
      return prior + absent.subarray(k * width, (k + 1) * width).reduce((sum, log) => sum + log, 0);
    });
    const x = checked(input.numbers());
    const isThere = fitted.has('binarize') ? ops.cast(ops.greater(x, fitted.number('binarize')), 'float64') : x;
    return classify(
      fitted,
      ops.linear(
        isThere,
        present.map((log, i) => log - (absent[i] as number)),
        bias,
      ),
    );
  },
};

function describe(fitted: Fitted): string {
  return `${fitted.classes().labels.length} classes`;
}

function product(fitted: Fitted, input: Features, bias: Float64Array | undefined): Value {
  const count = fitted.classes().labels.length;
  if (bias && bias.length !== count) throw fitted.wrong('class_log_prior_', `${count} numbers`);
  return ops.linear(checked(input.numbers()), fitted.vector('feature_log_prob_', count * input.width), bias);
}

function classify(fitted: Fitted, joint: Value): Prediction {
  const classes = fitted.classes();
  return { kind: 'classifier', classes, position: ops.positionOfLargest(joint), probabilities: posterior(joint) };
}
