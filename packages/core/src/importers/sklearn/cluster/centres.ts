import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Prediction } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';

const shared = { became: 'distances to the centres, the nearest', exactness: '1e-12' } as const;

/** The nearest centre; `transform` gives the distance to each. */
export const kMeans: Converter = {
  types: ['sklearn.cluster._kmeans.KMeans', 'sklearn.cluster._kmeans.MiniBatchKMeans'],
  ...shared,
  state: describe,
  transform: distanceFeatures,

  predict(fitted, input) {
    const { x, centres } = centresOf(fitted, input);
    return { kind: 'clusterer', label: nearestOf(x, centres), distances: distancesTo(x, centres) };
  },
};

/** The nearest centre, without distances. */
export const exemplars: Converter = {
  types: ['sklearn.cluster._mean_shift.MeanShift', 'sklearn.cluster._affinity_propagation.AffinityPropagation'],
  ...shared,
  state: describe,

  predict(fitted, input): Prediction {
    if (!fitted.has('cluster_centers_')) {
      throw fitted.unsupported(
        "affinity='precomputed'",
        "Use affinity='euclidean'.",
        'scikit-learn cannot predict from it either',
      );
    }
    const { shape } = fitted.array('cluster_centers_');
    if (shape[0] === 0) {
      throw fitted.unsupported(
        'a model without clusters',
        'Train until it converges (max_iter, damping).',
        'it labels every row -1',
      );
    }
    const { x, centres } = centresOf(fitted, input);
    return { kind: 'clusterer', label: ops.positionOfSmallest(ops.expandedSquares(x, centres)) };
  },
};

/** The label of the nearest subcluster; `transform` gives the distance to each subcluster. */
export const birch: Converter = {
  types: ['sklearn.cluster._birch.Birch'],
  ...shared,
  state: (fitted) => `${fitted.array('subcluster_centers_').shape[0]} subclusters`,
  transform: distanceFeatures,

  predict(fitted, input): Prediction {
    const { x, centres } = centresOf(fitted, input);
    const labels = fitted.vector('subcluster_labels_', centres.length / x.width);
    const nearest = ops.positionOfSmallest(ops.expandedSquares(x, centres));
    return {
      kind: 'clusterer',
      label: ops.cast(ops.lookUp(nearest, labels), 'int64'),
      distances: distancesTo(x, centres),
    };
  },
};

export function describe(fitted: Fitted): string {
  return `${fitted.optionalArray('cluster_centers_')?.shape[0] ?? 0} clusters`;
}

export function centresOf(fitted: Fitted, input: Features): { x: Value; centres: Float64Array } {
  const name = fitted.has('subcluster_centers_') ? 'subcluster_centers_' : 'cluster_centers_';
  const { shape, data } = fitted.array(name);
  if (!data.length || shape[1] !== input.width) throw fitted.wrong(name, `centres of ${input.width} numbers`);
  return { x: checked(input.numbers()), centres: data };
}

/** k-means labels by ‖c‖² − 2 x·c alone: far from the centres that still tells them apart. */
function nearestOf(x: Value, centres: Float64Array): Value {
  const norms = new Float64Array(centres.length / x.width);
  centres.forEach(
    (own, i) => (norms[Math.floor(i / x.width)] = (norms[Math.floor(i / x.width)] as number) + own * own),
  );
  return ops.positionOfSmallest(
    ops.linear(
      x,
      centres.map((own) => -2 * own),
      norms,
    ),
  );
}

export function distancesTo(x: Value, centres: Float64Array): Value {
  return ops.squareRoot(ops.compare(x, centres, { kind: 'squares' }));
}

/** `transform`: a column per centre, named by the class as scikit-learn does. */
export function distanceFeatures(fitted: Fitted, input: Features): Features {
  const { x, centres } = centresOf(fitted, input);
  const distances = distancesTo(x, centres);
  return new Features(
    [distances],
    Array.from({ length: distances.width }, (_, k) => `${fitted.name.toLowerCase()}${k}`),
  );
}
