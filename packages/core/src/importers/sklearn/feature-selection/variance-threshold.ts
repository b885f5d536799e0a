import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { selected } from './selected.ts';

/** Columns whose variance in training is above the threshold. Passes missing values on. */
export const varianceThreshold: Converter = {
  types: ['sklearn.feature_selection._variance_threshold.VarianceThreshold'],
  became: 'columns picked',
  exactness: 'bit-exact',
  sparse: 'kept',
  state: (fitted) => `${maskOf(fitted).filter(Boolean).length} of ${fitted.vector('variances_').length} columns`,
  transform: (fitted, input) => selected(fitted, input, maskOf(fitted), true),
};

function maskOf(fitted: Fitted): boolean[] {
  const threshold = fitted.number('threshold', 0);
  return Array.from(fitted.vector('variances_'), (variance) => variance > threshold);
}
