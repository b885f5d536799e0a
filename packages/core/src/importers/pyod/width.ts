import type { FittedOn } from '../model/fitted-on.ts';
import { asNumber, numbersOf, PyObject, type Fitted } from '../sklearn/fitted.ts';

/** Columns of the scikit-learn estimator inside a detector; before 1.0 its centre or its rows tell. */
export function widthOf(fitted: Fitted, name: string): FittedOn | undefined {
  const inner = fitted.raw(name);
  if (!(inner instanceof PyObject)) return undefined;
  const told =
    asNumber(inner.attr('n_features_in_')) ??
    numbersOf(inner.attr('location_'))?.data.length ??
    numbersOf(inner.attr('_fit_X'))?.shape.at(-1);
  return told === undefined ? undefined : { names: undefined, count: told, text: false };
}
