import type { Converter } from '../converter.ts';
import { PyObject, type Fitted } from '../fitted.ts';
import { selected } from './selected.ts';
import { takesMissing } from './takes-missing.ts';

/**
 * Selectors that left out columns until a model was best; they keep the choice as `support_`.
 *
 * Recursive elimination also keeps the model of the remaining columns, and predicts with it.
 */
export const recursiveElimination: Converter = {
  types: ['sklearn.feature_selection._rfe.RFE', 'sklearn.feature_selection._rfe.RFECV'],
  became: 'columns picked',
  exactness: 'bit-exact',
  sparse: 'kept',
  state: described,

  transform: (fitted, input) =>
    selected(fitted, input, supportOf(fitted), takesMissing(fitted, ['estimator_', 'estimator'])),

  predict(fitted, input, context) {
    const kept = selected(fitted, input, supportOf(fitted), takesMissing(fitted, ['estimator_', 'estimator']));
    return { ...context.predict(fitted.raw('estimator_'), kept, 'estimator_'), transformed: kept.numbers() };
  },
};

export const sequentialSelector: Converter = {
  types: ['sklearn.feature_selection._sequential.SequentialFeatureSelector'],
  became: 'columns picked',
  exactness: 'bit-exact',
  sparse: 'kept',
  state: described,
  transform: (fitted, input) => selected(fitted, input, supportOf(fitted), takesMissing(fitted, ['estimator'])),
};

function supportOf(fitted: Fitted): boolean[] {
  return Array.from(fitted.vector('support_'), (keeps) => keeps !== 0);
}

function described(fitted: Fitted): string {
  const support = supportOf(fitted);
  const model = fitted.raw('estimator');
  return `${support.filter(Boolean).length} of ${support.length} columns${model instanceof PyObject ? ` for ${model.name}` : ''}`;
}
