import type { Converter } from '../converter.ts';

/** The regressor that was fitted on the inliers answers alone. */
export const ransac: Converter = {
  types: ['sklearn.linear_model._ransac.RANSACRegressor'],
  became: 'its final estimator',
  exactness: '1e-12',
  state: (fitted) => fitted.object_('estimator_').name,
  predict: (fitted, input, context) => context.predict(fitted.raw('estimator_'), input, 'estimator_'),
};
