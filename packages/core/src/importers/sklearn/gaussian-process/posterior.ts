import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import type { Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';
import { covarianceOf } from './kernels.ts';

/** What a Gaussian process knows of a row from its training rows. */
export interface TrainedCovariance {
  /** Covariance with each training row, [N, rows]. */
  readonly cross: Value;
  /** Own covariance before training, [N, 1]; undefined where the kernel's is not known here. */
  readonly prior: Value | undefined;
  readonly rows: number;
}

export function trainedCovariance(fitted: Fitted, input: Features, context: Context): TrainedCovariance {
  const { shape, data: points } = fitted.array('X_train_');
  const rows = shape[0] ?? 0;
  if (!rows || shape[1] !== input.width) throw fitted.wrong('X_train_', `training rows of ${input.width} columns`);
  context.warn(`${fitted.path} keeps its training rows: whoever has the package can read them.`);
  const { cross, diagonal } = covarianceOf(context.fitted(fitted.object_('kernel_'), 'kernel_'), context);
  const x = checked(input.numbers());
  const zero = ops.multiply(ops.select(x, [0]), 0);
  const own = cross(x, points);
  const prior = diagonal?.(x);
  return {
    cross: typeof own === 'number' ? ops.add(zero, new Float64Array(rows).fill(own)) : own,
    prior: typeof prior === 'number' ? ops.add(zero, prior) : prior,
    rows,
  };
}

/** What is left of the prior covariance: prior − ‖L⁻¹ cross‖². */
export function leftVariance(prior: Value, cross: Value, factor: Float64Array): Value {
  return ops.subtract(prior, ops.sumOfSquares(ops.lowerSolve(cross, factor)));
}
