import { ops } from '../../ir/index.ts';
import type { Converter } from '../sklearn/converter.ts';
import { nearestRows } from '../sklearn/neighbors/k-neighbors.ts';
import { detected } from './detector.ts';
import { widthOf } from './width.ts';

/** KNN: the distance to the k-th training row, or the mean or median of those to the k nearest. */
export const nearestNeighbors: Converter = {
  types: ['pyod.models.knn.KNN'],
  became: 'distances to all training rows, those of the nearest',
  exactness: '1e-12',
  columns: (fitted) => widthOf(fitted, 'neigh_'),

  predict(fitted, input, context) {
    const inner = fitted.within(fitted.object_('neigh_'), 'neigh_');
    const distances = nearestRows(inner, input, fitted.number('n_neighbors'), context).distances();
    switch (fitted.text('method', 'largest')) {
      case 'largest':
        return detected(fitted, ops.largest(distances));
      case 'mean':
        return detected(fitted, ops.divide(ops.sum(distances), distances.width));
      case 'median':
        return detected(fitted, ops.median(distances));
      default:
        throw fitted.wrong('method', '"largest", "mean" or "median"');
    }
  },
};
