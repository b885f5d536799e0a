import type { Converter } from '../converter.ts';
import { kNeighborsClassifier, kNeighborsRegressor } from './k-neighbors.ts';
import { kernelDensity } from './kernel-density.ts';
import { localOutlierFactor } from './local-outlier-factor.ts';
import { nearestCentroid } from './nearest-centroid.ts';
import { neighborhoodComponents } from './neighborhood-components.ts';
import { radiusNeighborsClassifier, radiusNeighborsRegressor } from './radius-neighbors.ts';

export const neighbors: readonly Converter[] = [
  kNeighborsClassifier,
  kNeighborsRegressor,
  kernelDensity,
  localOutlierFactor,
  nearestCentroid,
  neighborhoodComponents,
  radiusNeighborsClassifier,
  radiusNeighborsRegressor,
];
