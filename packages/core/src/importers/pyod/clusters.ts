import { ops, type Value } from '../../ir/index.ts';
import type { Converter } from '../sklearn/converter.ts';
import { matrixOf } from '../sklearn/linear/matrix.ts';
import { checked } from '../sklearn/linear/scores.ts';
import { detected } from './detector.ts';
import { widthOf } from './width.ts';

/** CBLOF: the distance to the centre of a row's own cluster, where that is small to the nearest of the large ones. */
export const clusterBased: Converter = {
  types: ['pyod.models.cblof.CBLOF'],
  became: 'distances to the centres of clusters',
  exactness: '1e-12',
  columns: (fitted) => widthOf(fitted, 'clustering_estimator_'),

  predict(fitted, input, context) {
    const inner = context.predict(fitted.object_('clustering_estimator_'), input, 'clustering_estimator_');
    if (inner.kind !== 'clusterer') throw fitted.wrong('clustering_estimator_', 'a clustering that predicts');
    const centres = matrixOf(fitted, 'cluster_centers_');
    if (centres.shape[1] !== input.width) throw fitted.wrong('cluster_centers_', `rows of ${input.width} numbers`);
    const x = checked(input.numbers());
    const distances = ops.squareRoot(ops.compare(x, centres.data, { kind: 'squares' }));
    const large = Array.from(fitted.vector('large_cluster_labels_'));
    const small = Array.from(fitted.vector('small_cluster_labels_'));
    if (!large.length || [...large, ...small].some((label) => !(label >= 0 && label < distances.width)))
      throw fitted.wrong('large_cluster_labels_', 'numbers of clusters');
    const own = ops.pick(distances, inner.label);
    const isSmall = Float64Array.from({ length: distances.width }, (_, label) => Number(small.includes(label)));
    const byLabel = (table: Float64Array): Value => ops.lookUp(inner.label, table);
    const score = small.length
      ? ops.where(ops.greater(byLabel(isSmall), 0.5), ops.smallest(ops.select(distances, large)), own)
      : own;
    const weighted = fitted.flag('use_weights', false)
      ? ops.multiply(score, byLabel(fitted.vector('cluster_sizes_', distances.width)))
      : score;
    return detected(fitted, weighted);
  },
};
