import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { inverse } from '../decomposition/matrices.ts';
import type { Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';
import { inlierLabel } from '../linear/stochastic-gradient.ts';

/** Outside is what is farther from the centre than the offset, in units of the covariance. */
export const ellipticEnvelope: Converter = {
  types: ['sklearn.covariance._elliptic_envelope.EllipticEnvelope'],
  became: 'squared Mahalanobis distance, offset',
  exactness: '1e-12',

  predict(fitted, input) {
    const samples = ops.negate(mahalanobis(fitted, input));
    const score = ops.subtract(samples, fitted.vector('offset_', 1));
    return { kind: 'outlier', score, label: inlierLabel(ops.greaterOrEqual(score, 0)), samples };
  },
};

/** Squared distances to the centre of a fitted covariance, in its units. */
export function mahalanobis(fitted: Fitted, input: Features): Value {
  const centred = ops.subtract(checked(input.numbers()), fitted.vector('location_', input.width));
  const precision = precisionOf(fitted, input.width);
  return ops.sum(ops.multiply(ops.linear(centred, precision), centred));
}

/** `precision_`; with `store_precision=False` the library inverts the covariance when it is asked. */
function precisionOf(fitted: Fitted, width: number): Float64Array {
  if (fitted.has('precision_')) return fitted.vector('precision_', width * width);
  const found = inverse(fitted.vector('covariance_', width * width), width);
  if (found) return found;
  throw fitted.unsupported(
    'store_precision=False with columns that follow from each other',
    'Train with store_precision=True.',
    'the file lacks the pseudo-inverse of the covariance',
  );
}
