import type { Converter } from '../converter.ts';
import type { Fitted, PyObject } from '../fitted.ts';
import { delegate } from '../frozen/delegate.ts';

/** Whatever the best estimator answers. */
export const search: Converter = {
  types: [
    'sklearn.model_selection._search.GridSearchCV',
    'sklearn.model_selection._search.RandomizedSearchCV',
    'sklearn.model_selection._search_successive_halving.HalvingGridSearchCV',
    'sklearn.model_selection._search_successive_halving.HalvingRandomSearchCV',
  ],
  became: 'its best estimator',
  exactness: 'bit-exact',
  sparse: 'made',
  state: (fitted) => `best: ${best(fitted).name}`,
  transform: (fitted, input, context) => context.transform(best(fitted), input, 'best_estimator_'),
  predict: (fitted, input, context) => delegate(best(fitted), input, context, 'best_estimator_'),
};

/** `refit=False` leaves none. */
function best(fitted: Fitted): PyObject {
  if (fitted.has('best_estimator_')) return fitted.object_('best_estimator_');
  throw fitted.unsupported(
    `${fitted.name} without a best estimator`,
    'Search with refit=True, or fit an estimator with best_params_ and save that.',
  );
}
