import type { Converter } from '../converter.ts';
import { gaussianProcessClassifier, laplaceClassifier } from './classifier.ts';
import { gaussianProcessRegressor } from './regressor.ts';

export const gaussianProcess: readonly Converter[] = [
  gaussianProcessClassifier,
  gaussianProcessRegressor,
  laplaceClassifier,
];
