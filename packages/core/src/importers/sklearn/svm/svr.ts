import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { matrixOf } from '../linear/matrix.ts';
import { inlierLabel } from '../linear/stochastic-gradient.ts';
import { describeMachine, kernelSums, supportVectorsOf } from './kernel.ts';

/** Support vector regression: Σ weight · K(x, support vector) + intercept. */
export const svr: Converter = {
  types: ['sklearn.svm._classes.SVR', 'sklearn.svm._classes.NuSVR'],
  became: 'kernel values, weighted sum',
  exactness: '1e-12',
  state: describeMachine,

  predict(fitted, input, context) {
    context.warn(`${fitted.path} keeps training rows (its support vectors): whoever has the package can read them.`);
    return { kind: 'regressor', value: decision(fitted, input), single: true };
  },
};

/** Outside is where the decision is not positive. */
export const oneClassSvm: Converter = {
  types: ['sklearn.svm._classes.OneClassSVM'],
  became: 'kernel values, weighted sum, sign',
  exactness: '1e-12',
  state: describeMachine,

  predict(fitted, input, context) {
    context.warn(`${fitted.path} keeps training rows (its support vectors): whoever has the package can read them.`);
    const score = decision(fitted, input);
    return {
      kind: 'outlier',
      score,
      label: inlierLabel(ops.greater(score, 0)),
      samples: ops.add(score, fitted.vector('offset_', 1)),
    };
  },
};

function decision(fitted: Fitted, input: Features): Value {
  const vectors = supportVectorsOf(fitted, input.width);
  const weights = matrixOf(fitted, '_dual_coef_').data;
  if (weights.length !== vectors.count) throw fitted.wrong('_dual_coef_', `${vectors.count} numbers`);
  return kernelSums(fitted, input, vectors, weights, fitted.vector('_intercept_', 1));
}
