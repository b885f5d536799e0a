import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { unwrap, type Fitted } from '../fitted.ts';
import { linearPredictor } from './linear-regressors.ts';

/** Linear regression with a posterior of the coefficients: beside the mean it knows its own standard deviation. */
export const bayesianRegressors: Converter = {
  types: ['sklearn.linear_model._bayes.ARDRegression', 'sklearn.linear_model._bayes.BayesianRidge'],
  became: 'matrix product, intercept added; root of the quadratic form for the deviation',
  exactness: '1e-12',
  state: (fitted) => `coef_ ${fitted.array('coef_').shape.join(' × ')}`,

  predict(fitted, input) {
    const { value } = linearPredictor(fitted, input);
    const std = deviation(fitted, input);
    return {
      kind: 'regressor',
      value,
      single: true,
      extras: [{ method: 'predict_std', name: 'std', value: std, flat: true }],
    };
  },
};

/** √(x Σ xᵀ + 1/α). From 1.9 on around the training mean; ARD knows Σ of the features that it kept only. */
function deviation(fitted: Fitted, input: Features): Value {
  let x = input.numbers();
  if (fitted.since(1, 9)) x = ops.subtract(x, fitted.vector('X_offset_', input.width));
  else if (isNormalized(fitted)) {
    x = ops.divide(ops.subtract(x, fitted.vector('X_offset_', input.width)), fitted.vector('X_scale_', input.width));
  }
  const noise = 1 / fitted.number('alpha_');
  const kept = keptFeatures(fitted, input.width);
  if (!kept.length) return ops.squareRoot(ops.add(ops.multiply(ops.select(x, [0]), 0), noise));
  const { data } = fitted.array('sigma_');
  if (data.length !== kept.length ** 2) throw fitted.wrong('sigma_', `${kept.length} × ${kept.length} numbers`);
  const own = ops.select(x, kept);
  return ops.squareRoot(ops.add(ops.sum(ops.multiply(ops.linear(own, data), own)), noise));
}

function keptFeatures(fitted: Fitted, width: number): number[] {
  const all = Array.from({ length: width }, (_, f) => f);
  if (fitted.name !== 'ARDRegression') return all;
  const lambda = fitted.vector('lambda_', width);
  const threshold = fitted.number('threshold_lambda');
  return all.filter((f) => (lambda[f] as number) < threshold);
}

/** `normalize` was deprecated in 1.0 (then the effective value is in `_normalize`) and removed in 1.2. */
function isNormalized(fitted: Fitted): boolean {
  return unwrap(fitted.raw('_normalize') ?? fitted.raw('normalize')) === true;
}
