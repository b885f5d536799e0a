import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { standardScaler } from './standard-scaler.ts';

/**
 * Powers that make a column look normal, then standardised. Missing stays missing.
 *
 * Yeo-Johnson takes any number: from 1.9 on by exp(λ·log(1 + x)) − 1, before by (1 + x)^λ − 1. Box-Cox takes positive
 * numbers only.
 */
export const powerTransformer: Converter = {
  types: ['sklearn.preprocessing._data.PowerTransformer'],
  became: 'powers, then subtract mean, divide by scale',
  exactness: '1e-12',
  state: (fitted) => `${fitted.text('method', 'yeo-johnson')}, ${fitted.array('lambdas_').data.length} columns`,

  transform(fitted, input, context) {
    const x = ops.require(input.numbers(), { finite: true });
    const lambdas = fitted.vector('lambdas_', input.width);
    const y = new Features([powers(fitted, x, lambdas)], input.names);
    if (!fitted.flag('standardize', true)) return y;
    return standardScaler.transform?.(context.fitted(fitted.object_('_scaler'), '_scaler'), y, context) ?? y;
  },
};

function powers(fitted: Fitted, x: Value, lambdas: Float64Array): Value {
  switch (fitted.text('method', 'yeo-johnson')) {
    case 'yeo-johnson':
      return yeoJohnson(x, lambdas, fitted.since(1, 9));
    case 'box-cox':
      return boxCox(ops.within(x, { always: [{ refuses: 'upTo', value: 0 }] }), lambdas);
    default:
      throw fitted.wrong('method', "'yeo-johnson' or 'box-cox'");
  }
}

/** Upwards of zero with λ, below with 2 − λ on the mirrored side. NaN takes the second way and stays NaN. */
function yeoJohnson(x: Value, lambdas: Float64Array, byLogarithm: boolean): Value {
  const mirrored = lambdas.map((lambda) => 2 - lambda);
  const above = onePlus(x, lambdas, byLogarithm);
  const below = ops.negate(onePlus(ops.negate(x), mirrored, byLogarithm));
  return ops.where(ops.greaterOrEqual(x, 0), above, below);
}

/** ((1 + x)^λ − 1) / λ, or log(1 + x) where λ is zero. */
function onePlus(x: Value, lambdas: Float64Array, byLogarithm: boolean): Value {
  const isZero = lambdas.map((lambda) => Number(Math.abs(lambda) <= Number.EPSILON));
  const usual = lambdas.map((lambda, i) => (isZero[i] ? 1 : lambda));
  const grown = byLogarithm
    ? ops.exponentialMinusOne(ops.multiply(ops.logOfOnePlus(x), usual))
    : ops.subtract(ops.power(ops.add(x, 1), ops.constant(usual)), 1);
  const curved = ops.divide(grown, usual);
  if (!isZero.includes(1)) return curved;
  return ops.where(ops.constant(isZero, 'bool'), ops.logOfOnePlus(x), curved);
}

/** `scipy.special.boxcox`: (exp(λ·log x) − 1) / λ, or log x where λ is zero. */
function boxCox(x: Value, lambdas: Float64Array): Value {
  const log = ops.logarithm(x);
  const isZero = lambdas.map((lambda) => Number(Math.abs(lambda) < 1e-19));
  const usual = lambdas.map((lambda, i) => (isZero[i] ? 1 : lambda));
  const curved = ops.divide(ops.exponentialMinusOne(ops.multiply(log, usual)), usual);
  if (!isZero.includes(1)) return curved;
  return ops.where(ops.constant(isZero, 'bool'), log, curved);
}
