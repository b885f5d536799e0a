import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { checked } from '../linear/scores.ts';
import { posterior } from './posterior.ts';

/** log prior − ½ Σ log 2πσ² − ½ Σ (x − θ)² / σ² of each class. */
export const gaussianNaiveBayes: Converter = {
  types: ['sklearn.naive_bayes.GaussianNB'],
  became: 'log likelihood of each class, normalised',
  exactness: '1e-12',
  state: (fitted) => `${fitted.classes().labels.length} classes`,

  predict(fitted, input) {
    const classes = fitted.classes();
    const count = classes.labels.length;
    const width = input.width;
    const means = fitted.vector('theta_', count * width);
    const variances = fitted.vector(fitted.has('var_') ? 'var_' : 'sigma_', count * width); // sigma_ up to 0.24
    const priors = fitted.vector('class_prior_', count);
    const squares = ops.compare(checked(input.numbers()), means, { kind: 'squares' }, { divisors: variances });
    const norms = priors.map((_, k) => {
      const own = variances.subarray(k * width, (k + 1) * width);
      return -0.5 * own.reduce((sum, variance) => sum + Math.log(2 * Math.PI * variance), 0);
    });
    const likelihood = ops.add(ops.negate(ops.multiply(squares, 0.5)), norms);
    const joint = ops.add(likelihood, priors.map(Math.log));
    return { kind: 'classifier', classes, position: ops.positionOfLargest(joint), probabilities: posterior(joint) };
  },
};
