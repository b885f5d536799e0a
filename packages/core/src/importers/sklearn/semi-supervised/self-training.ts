import type { Converter } from '../converter.ts';
import { delegate } from '../frozen/delegate.ts';

/** Whatever the classifier answers that labelled the rest of its training rows itself. */
export const selfTrainingClassifier: Converter = {
  types: ['sklearn.semi_supervised._self_training.SelfTrainingClassifier'],
  became: 'the classifier inside',
  exactness: 'bit-exact',
  state: (fitted) => fitted.object_(fitted.has('estimator_') ? 'estimator_' : 'base_estimator_').name,

  predict(fitted, input, context) {
    const name = fitted.has('estimator_') ? 'estimator_' : 'base_estimator_';
    return delegate(fitted.object_(name), input, context, name);
  },
};
