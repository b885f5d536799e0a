import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';
import { distances, isEuclidean } from './metric.ts';

/** The class whose centre is nearest; from 1.6 on with priors and probabilities. */
export const nearestCentroid: Converter = {
  types: ['sklearn.neighbors._nearest_centroid.NearestCentroid'],
  became: 'distances to the centres, the nearest',
  exactness: '1e-12',
  state: (fitted) => `${fitted.classes().labels.length} centres`,

  predict(fitted, input) {
    const classes = fitted.classes();
    const x = checked(input.numbers());
    const count = classes.labels.length;
    const centres = fitted.vector('centroids_', count * input.width);
    const metric = fitted.raw('metric');
    const priors = fitted.has('class_prior_') ? fitted.vector('class_prior_', count) : undefined;
    const joint = priors && jointScores(fitted, x, centres, priors);
    const isEven = !priors?.some((prior) => !isClose(prior, 1 / count));
    const position =
      joint && !isEven
        ? ops.positionOfLargest(joint)
        : ops.positionOfSmallest(
            isEuclidean(metric)
              ? ops.expandedSquares(x, centres)
              : distances(fitted, metric, undefined, x, centres).reduced,
          );
    if (!joint || metric !== 'euclidean') return { kind: 'classifier', classes, position };
    const scores = count === 2 ? ops.subtract(ops.select(joint, [1]), ops.select(joint, [0])) : joint;
    return { kind: 'classifier', classes, position, scores, probabilities: ops.softmax(joint) };
  },
};

/** −d² + 2 log prior, each column first divided by its deviation within the classes (where that is not 0). */
function jointScores(fitted: Fitted, x: Value, centres: Float64Array, priors: Float64Array): Value {
  const width = x.width;
  const spread = fitted.vector('within_class_std_dev_', width).map((own) => own || 1);
  const own = centres.map((centre, i) => centre / (spread[i % width] as number));
  const { reduced, root } = distances(fitted, fitted.raw('metric'), undefined, ops.divide(x, spread), own);
  const distance = root(reduced);
  return ops.add(
    ops.negate(ops.multiply(distance, distance)),
    priors.map((prior) => 2 * Math.log(prior)),
  );
}

/** numpy.isclose */
function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b);
}
