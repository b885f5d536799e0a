import type { Converter } from '../converter.ts';
import { bayesianRegressors } from './bayesian.ts';
import { generalizedLinear } from './generalized-linear.ts';
import { linearRegressors } from './linear-regressors.ts';
import { logisticRegression } from './logistic-regression.ts';
import { ransac } from './ransac.ts';
import { ridgeClassifier } from './ridge-classifier.ts';
import { marginClassifiers, sgdClassifier, sgdOneClass } from './stochastic-gradient.ts';

export const linear: readonly Converter[] = [
  bayesianRegressors,
  generalizedLinear,
  linearRegressors,
  logisticRegression,
  marginClassifiers,
  ransac,
  ridgeClassifier,
  sgdClassifier,
  sgdOneClass,
];
