import { ops, type Value } from '../../../ir/index.ts';
import type { Fitted } from '../fitted.ts';

/** Undoes the powers of a PowerTransformer, after its scaler was undone. What no power gives becomes NaN. */
export function inversePowers(fitted: Fitted, x: Value): Value {
  const lambdas = fitted.vector('lambdas_', x.width);
  switch (fitted.text('method', 'yeo-johnson')) {
    case 'yeo-johnson': {
      const above = grown(x, lambdas);
      const below = ops.negate(
        grown(
          ops.negate(x),
          lambdas.map((lambda) => 2 - lambda),
        ),
      );
      return ops.where(ops.greaterOrEqual(x, 0), above, below);
    }
    case 'box-cox':
      return inverseBoxCox(x, lambdas, fitted.since(1, 6));
    default:
      throw fitted.wrong('method', "'yeo-johnson' or 'box-cox'");
  }
}

/** (λx + 1)^(1/λ) − 1, or eˣ − 1 where λ is zero. */
function grown(x: Value, lambdas: Float64Array): Value {
  const isZero = lambdas.map((lambda) => Number(Math.abs(lambda) <= Number.EPSILON));
  const usual = lambdas.map((lambda, i) => (isZero[i] ? 1 : lambda));
  const power = ops.power(
    ops.add(ops.multiply(x, usual), 1),
    usual.map((lambda) => 1 / lambda),
  );
  const root = isZero.includes(1) ? ops.where(ops.constant(isZero, 'bool'), ops.exponential(x), power) : power;
  return ops.subtract(root, 1);
}

/** (λx + 1)^(1/λ), from 1.6 on by exp(log(1 + λx) / λ); eˣ where λ is zero. */
function inverseBoxCox(x: Value, lambdas: Float64Array, byLogarithm: boolean): Value {
  const isZero = lambdas.map((lambda) => Number(lambda === 0));
  const usual = lambdas.map((lambda, i) => (isZero[i] ? 1 : lambda));
  const inner = ops.multiply(x, usual);
  const power = byLogarithm
    ? ops.exponential(ops.divide(ops.logOfOnePlus(inner), usual))
    : ops.power(
        ops.add(inner, 1),
        usual.map((lambda) => 1 / lambda),
      );
  return isZero.includes(1) ? ops.where(ops.constant(isZero, 'bool'), ops.exponential(x), power) : power;
}
