import type { Converter } from '../sklearn/converter.ts';
import { aroundSklearn } from './around-sklearn.ts';
import { clusterBased } from './clusters.ts';
import { components, robustCovariance } from './covariance.ts';
import { histogram } from './histogram.ts';
import { nearestNeighbors } from './neighbors.ts';
import { refusedDetectors } from './refused.ts';

/** Classes of PyOD, on their own or as PyCaret's anomaly detection saves them. */
export const pyodConverters: readonly Converter[] = [
  aroundSklearn,
  clusterBased,
  components,
  histogram,
  nearestNeighbors,
  refusedDetectors,
  robustCovariance,
];
