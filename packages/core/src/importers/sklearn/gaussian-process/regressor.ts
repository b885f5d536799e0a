import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { leftVariance, trainedCovariance } from './posterior.ts';

/** Σ weight · covariance with the training rows; the deviation from what the training rows leave of the prior variance. */
export const gaussianProcessRegressor: Converter = {
  types: ['sklearn.gaussian_process._gpr.GaussianProcessRegressor'],
  became: 'covariances with all training rows, weighted sum; triangular solve for the deviation',
  exactness: '1e-12',
  state: (fitted) => `${fitted.array('X_train_').shape[0]} training rows`,

  predict(fitted, input, context) {
    const { cross, prior, rows } = trainedCovariance(fitted, input, context);
    const alpha = fitted.array('alpha_');
    const targets = alpha.shape.length > 1 ? (alpha.shape[1] as number) : 1;
    if (alpha.data.length !== rows * targets) throw fitted.wrong('alpha_', `${rows} numbers for each target`);
    const weights = alpha.data.map((_, i) => alpha.data[(i % rows) * targets + Math.floor(i / rows)] as number);
    const scale = fitted.vector('_y_train_std', targets);
    const value = ops.add(ops.multiply(ops.linear(cross, weights), scale), fitted.vector('_y_train_mean', targets));
    const single = alpha.shape.length === 1 || (targets === 1 && fitted.since(1, 1));
    const variance = prior && ops.maximum(leftVariance(prior, cross, fitted.vector('L_', rows * rows)), 0);
    const std =
      variance &&
      ops.squareRoot(
        ops.multiply(
          variance,
          scale.map((own) => own * own),
        ),
      );
    return {
      kind: 'regressor',
      value,
      single,
      extras: std ? [{ method: 'predict_std', name: 'std', value: std, flat: single }] : [],
    };
  },
};
