import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { FittedOn } from '../../model/fitted-on.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { matrixOf } from './matrix.ts';
import { checked } from './scores.ts';

/** x · coef + intercept: every regressor whose answer is that and nothing more, however it found the coefficients. */
export const linearRegressors: Converter = {
  types: [
    'sklearn.linear_model._base.LinearRegression',
    'sklearn.linear_model._coordinate_descent.ElasticNet',
    'sklearn.linear_model._coordinate_descent.ElasticNetCV',
    'sklearn.linear_model._coordinate_descent.Lasso',
    'sklearn.linear_model._coordinate_descent.LassoCV',
    'sklearn.linear_model._coordinate_descent.MultiTaskElasticNet',
    'sklearn.linear_model._coordinate_descent.MultiTaskElasticNetCV',
    'sklearn.linear_model._coordinate_descent.MultiTaskLasso',
    'sklearn.linear_model._coordinate_descent.MultiTaskLassoCV',
    'sklearn.linear_model._huber.HuberRegressor',
    'sklearn.linear_model._least_angle.Lars',
    'sklearn.linear_model._least_angle.LarsCV',
    'sklearn.linear_model._least_angle.LassoLars',
    'sklearn.linear_model._least_angle.LassoLarsCV',
    'sklearn.linear_model._least_angle.LassoLarsIC',
    'sklearn.linear_model._omp.OrthogonalMatchingPursuit',
    'sklearn.linear_model._omp.OrthogonalMatchingPursuitCV',
    'sklearn.linear_model._passive_aggressive.PassiveAggressiveRegressor',
    'sklearn.linear_model._quantile.QuantileRegressor',
    'sklearn.linear_model._ridge.Ridge',
    'sklearn.linear_model._ridge.RidgeCV',
    'sklearn.linear_model._stochastic_gradient.SGDRegressor',
    'sklearn.linear_model._theil_sen.TheilSenRegressor',
    'sklearn.svm._classes.LinearSVR',
  ],
  became: 'matrix product, intercept added',
  exactness: '1e-12',
  state: (fitted) => `coef_ ${matrixOf(fitted, 'coef_').shape.join(' × ')}`,

  predict(fitted, input) {
    const { value, targets } = linearPredictor(fitted, input);
    return { kind: 'regressor', value, single: targets === undefined };
  },
};

/** Columns of generalised models of 0.24, which did not keep their number. */
export function columnsOfCoefficients(fitted: Fitted): FittedOn | undefined {
  if (fitted.has('n_features_in_') || !fitted.has('coef_')) return undefined;
  return { names: undefined, count: fitted.array('coef_').shape.at(-1), text: false };
}

/** x · coefᵀ + intercept. `targets` is undefined where coef_ is a vector: then the library answers one number a row. */
export function linearPredictor(fitted: Fitted, input: Features): { value: Value; targets: number | undefined } {
  const { shape, data } = matrixOf(fitted, 'coef_');
  const targets = shape.length > 1 ? (shape[0] as number) : undefined;
  const outputs = targets ?? 1;
  if (data.length !== outputs * input.width) throw fitted.wrong('coef_', `${outputs} × ${input.width} numbers`);
  const intercept = fitted.has('intercept_') ? fitted.vector('intercept_', outputs) : undefined;
  return { value: ops.linear(checked(input.numbers()), data, intercept), targets };
}
