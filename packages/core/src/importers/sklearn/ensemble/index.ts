import type { Converter } from '../converter.ts';
import { adaBoostClassifier } from './ada-boost-classifier.ts';
import { adaBoostRegressor } from './ada-boost-regressor.ts';
import { baggingClassifier, baggingRegressor } from './bagging.ts';
import { gradientBoostingClassifier, gradientBoostingRegressor } from './gradient-boosting.ts';
import { histGradientBoostingClassifier, histGradientBoostingRegressor } from './hist-gradient-boosting.ts';
import { isolationForest } from './isolation-forest.ts';
import { stackingClassifier, stackingRegressor } from './stacking.ts';
import { votingClassifier, votingRegressor } from './voting.ts';

export const ensembles: readonly Converter[] = [
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
  adaBoostClassifier,
  adaBoostRegressor,
  baggingClassifier,
  baggingRegressor,
  isolationForest,
  votingClassifier,
  votingRegressor,
  stackingClassifier,
  stackingRegressor,
];
