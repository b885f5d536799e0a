import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';

/** Partial least squares and canonical correlation: a linear model on centred columns, and a projection of them. */
export const partialLeastSquares: Converter = {
  types: [
    'sklearn.cross_decomposition._pls.PLSRegression',
    'sklearn.cross_decomposition._pls.PLSCanonical',
    'sklearn.cross_decomposition._pls.CCA',
  ],
  became: 'centred, scaled, matrix product; projection',
  exactness: '1e-12',
  state: (fitted) => `${fitted.number('n_components')} components`,

  transform: (fitted, input) => named(fitted, projection(fitted, input, 'x_rotations_')),

  predict(fitted, input) {
    const value = prediction(fitted, input);
    const single = fitted.since(1, 3) && fitted.flag('_predict_1d', false);
    return { kind: 'regressor', value, single, transformed: projection(fitted, input, 'x_rotations_') };
  },
};

/** The projection alone. */
export const plsSvd: Converter = {
  types: ['sklearn.cross_decomposition._pls.PLSSVD'],
  became: 'centred, scaled, matrix product',
  exactness: '1e-12',
  state: (fitted) => `${fitted.number('n_components')} components`,
  transform: (fitted, input) => named(fitted, projection(fitted, input, 'x_weights_')),
};

function named(fitted: Fitted, x: Value): Features {
  return new Features(
    [x],
    Array.from({ length: x.width }, (_, i) => `${fitted.name.toLowerCase()}${i}`),
  );
}

function centred(fitted: Fitted, input: Features): Value {
  return ops.subtract(checked(input.numbers()), fitted.vector('_x_mean', input.width));
}

function scaled(fitted: Fitted, input: Features): Value {
  return ops.divide(centred(fitted, input), fitted.vector('_x_std', input.width));
}

/** Rows of `name` `[columns, components]` are columns of the product. */
function projection(fitted: Fitted, input: Features, name: string): Value {
  return ops.linear(scaled(fitted, input), transposed(fitted, name, input.width));
}

/**
 * Up to 1.0 coef_ is [columns, targets] and the mean is added; from 1.1 on `_coef_`, from 1.3 on coef_ is
 * [targets, columns] beside intercept_; from 1.5 on it holds the scale of the columns as well.
 */
function prediction(fitted: Fitted, input: Features): Value {
  if (!fitted.since(1, 1)) {
    return ops.linear(scaled(fitted, input), transposed(fitted, 'coef_', input.width), fitted.vector('_y_mean'));
  }
  const bias = fitted.vector('intercept_');
  const weights = fitted.vector(fitted.has('_coef_') ? '_coef_' : 'coef_', bias.length * input.width);
  return ops.linear(fitted.since(1, 5) ? centred(fitted, input) : scaled(fitted, input), weights, bias);
}

function transposed(fitted: Fitted, name: string, rows: number): Float64Array {
  const { shape, data } = fitted.array(name);
  const columns = shape[1] ?? 1;
  if (!columns || data.length !== rows * columns) throw fitted.wrong(name, `${rows} rows`);
  return data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);
}
