import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { checked } from '../linear/scores.ts';
import { inlierLabel } from '../linear/stochastic-gradient.ts';

/** Outside is what is farther from the centre than the offset, in units of the covariance. */
export const ellipticEnvelope: Converter = {
  types: ['sklearn.covariance._elliptic_envelope.EllipticEnvelope'],
  became: 'squared Mahalanobis distance, offset',
  exactness: '1e-12',

  predict(fitted, input) {
    if (!fitted.has('precision_')) {
      throw fitted.unsupported(
        'store_precision=False',
        'Train with store_precision=True.',
        'the file lacks the inverse of the covariance',
      );
    }
    const width = input.width;
    const centred = ops.subtract(checked(input.numbers()), fitted.vector('location_', width));
    const precision = fitted.vector('precision_', width * width);
    const samples = ops.negate(ops.sum(ops.multiply(ops.linear(centred, precision), centred)));
    const score = ops.subtract(samples, fitted.vector('offset_', 1));
    return { kind: 'outlier', score, label: inlierLabel(ops.greaterOrEqual(score, 0)), samples };
  },
};
