import { PyObject } from '../../formats/python/index.ts';
import { numberedClasses } from '../model/numbered-classes.ts';
import type { Classes } from '../model/prediction.ts';
import type { Fitted } from './fitted.ts';

/** Labels of a booster's scikit-learn wrapper: `classes_`, those of its label encoder `_le`, or numbers. */
export function boosterClasses(fitted: Fitted, count: number): Classes {
  const encoder = fitted.raw('_le');
  const holders = [fitted, ...(encoder instanceof PyObject ? [fitted.within(encoder, '_le')] : [])];
  for (const holder of holders) {
    if (!holder.has('classes_')) continue;
    const own = holder.classes();
    if (own.labels.length === count) return own;
  }
  return numberedClasses(count);
}
