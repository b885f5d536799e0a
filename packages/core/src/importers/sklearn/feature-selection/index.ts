import type { Converter } from '../converter.ts';
import { recursiveElimination, sequentialSelector } from './eliminated.ts';
import { selectFromModel } from './select-from-model.ts';
import { univariateSelectors } from './univariate.ts';
import { varianceThreshold } from './variance-threshold.ts';

export const featureSelection: readonly Converter[] = [
  recursiveElimination,
  selectFromModel,
  sequentialSelector,
  ...univariateSelectors,
  varianceThreshold,
];
