import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { columnsOfCoefficients, linearPredictor } from './linear-regressors.ts';

/** Generalised linear models: the inverse link (exp, or nothing) of x · coef + intercept. */
export const generalizedLinear: Converter = {
  types: [
    'sklearn.linear_model._glm.glm.PoissonRegressor',
    'sklearn.linear_model._glm.glm.GammaRegressor',
    'sklearn.linear_model._glm.glm.TweedieRegressor',
    'sklearn.linear_model._glm.glm.GeneralizedLinearRegressor',
  ],
  became: 'matrix product, inverse link',
  exactness: '1e-12',
  columns: columnsOfCoefficients,

  predict(fitted, input) {
    const { value } = linearPredictor(fitted, input);
    return { kind: 'regressor', value: hasLogLink(fitted) ? ops.exponential(value) : value, single: true };
  },
};

/** Poisson and gamma always take logarithms, Tweedie by its `link`: 'auto' means none for the normal distribution (power ≤ 0). */
function hasLogLink(fitted: Fitted): boolean {
  if (fitted.name !== 'TweedieRegressor' && fitted.name !== 'GeneralizedLinearRegressor') return true;
  const link = fitted.text('link', 'auto');
  if (link === 'log' || link === 'identity') return link === 'log';
  if (link !== 'auto' || fitted.name !== 'TweedieRegressor') {
    throw fitted.unsupported(`the link "${link}"`, "Use TweedieRegressor with link='log' or 'identity'.");
  }
  return fitted.number('power') > 0;
}
