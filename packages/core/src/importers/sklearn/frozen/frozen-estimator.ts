import type { Converter } from '../converter.ts';
import { delegate } from './delegate.ts';

/** Whatever the estimator inside answers. */
export const frozenEstimator: Converter = {
  types: ['sklearn.frozen._frozen.FrozenEstimator'],
  became: 'the estimator inside',
  exactness: 'bit-exact',
  sparse: 'made',
  state: (fitted) => fitted.object_('estimator').name,
  transform: (fitted, input, context) => context.transform(fitted.object_('estimator'), input, 'estimator'),
  predict: (fitted, input, context) => delegate(fitted.object_('estimator'), input, context, 'estimator'),
};
