import { ops, type Value } from '../../../ir/index.ts';
import { asNumber, numbersOf, PyDict, unwrap, type Fitted, type Plain } from '../fitted.ts';

/** Distances of each row to points. `reduced` orders them as the distances do, and is cheaper (squares without their root). */
export interface Distances {
  readonly reduced: Value;
  /** Distance of a reduced distance. */
  readonly root: (reduced: Value) => Value;
  /** Reduced distance of a distance, for comparing with a radius. */
  readonly reduce: (distance: number) => number;
}

const same = (reduced: Value): Distances => ({ reduced, root: (own) => own, reduce: (distance) => distance });
const squared = (reduced: Value): Distances => ({
  reduced,
  root: ops.squareRoot,
  reduce: (distance) => distance * distance,
});

export function isEuclidean(metric: Plain | undefined): boolean {
  return metric === 'euclidean' || metric === 'l2' || metric === 'sqeuclidean';
}

/** Distances by the metric that fitting resolved (`effective_metric_` and its parameters). */
export function effectiveDistances(fitted: Fitted, x: Value, points: Float64Array): Distances {
  return distances(fitted, fitted.raw('effective_metric_'), fitted.raw('effective_metric_params_'), x, points);
}

/** Distances of x to points `[points, features]` by a metric's name; what is not known here is refused. */
export function distances(
  fitted: Fitted,
  metric: Plain | undefined,
  params: Plain | undefined,
  x: Value,
  points: Float64Array,
): Distances {
  const parameter = (name: string): Plain | undefined => (params instanceof PyDict ? params.get(name) : undefined);
  switch (metric) {
    case 'euclidean':
    case 'l2':
      return squared(ops.compare(x, points, { kind: 'squares' }));
    case 'sqeuclidean':
      return same(ops.compare(x, points, { kind: 'squares' }));
    case 'manhattan':
    case 'cityblock':
    case 'l1':
      return same(ops.compare(x, points, { kind: 'absolutes' }));
    case 'chebyshev':
    case 'infinity':
      return same(ops.compare(x, points, { kind: 'largest' }));
    case 'minkowski':
    case 'p':
      return minkowski(fitted, asNumber(parameter('p')) ?? 2, parameter('w'), x, points);
    case 'seuclidean': {
      const variances = numbersOf(parameter('V'))?.data;
      if (variances?.length !== x.width) throw fitted.wrong('effective_metric_params_', `${x.width} variances V`);
      return squared(ops.compare(x, points, { kind: 'squares' }, { divisors: variances }));
    }
    case 'cosine':
      return same(cosine(x, points));
    case 'haversine':
      return haversine(x, points);
    case 'hamming':
      return same(
        ops.divide(
          perFeature(x, points, (a, b) => ops.cast(ops.not(ops.equal(a, b)), 'float64')),
          x.width,
        ),
      );
    case 'canberra':
      return same(perFeature(x, points, canberra));
    case 'braycurtis':
      return same(brayCurtis(fitted, x, points));
    case 'correlation':
      return same(ops.add(ops.negate(cosineSimilarity(centredRows(x), centredPoints(points, x.width))), 1));
    default: {
      const name = unwrap(metric);
      throw fitted.unsupported(
        typeof name === 'string' ? `the metric "${name}"` : 'a metric that is a Python function',
        'Use euclidean, manhattan, chebyshev, minkowski, seuclidean, cosine, haversine, hamming, canberra, braycurtis or correlation and train again.',
        name === 'precomputed'
          ? 'its input is a distance to every training row, which only the training data can give'
          : '',
      );
    }
  }
}

/** p of the minkowski metric that fitting resolved. */
export function exponentOf(fitted: Fitted): number {
  const params = fitted.raw('effective_metric_params_');
  return (params instanceof PyDict ? asNumber(params.get('p')) : undefined) ?? 2;
}

/** (Σ w |d|ᵖ)^(1/p). Weights become a stretch of the columns by w^(1/p). */
function minkowski(fitted: Fitted, p: number, w: Plain | undefined, x: Value, points: Float64Array): Distances {
  const weights = numbersOf(w)?.data;
  if (weights && weights.length !== x.width) throw fitted.wrong('effective_metric_params_', `${x.width} weights w`);
  if (weights && !fitted.since(1, 0)) {
    throw fitted.unsupported(
      'weights of the minkowski metric from before scikit-learn 1.0',
      'Scale the columns instead.',
    );
  }
  const stretch = weights?.map((weight) => weight ** (1 / p));
  const own = stretch ? ops.multiply(x, stretch) : x;
  const others = stretch ? points.map((coordinate, i) => coordinate * (stretch[i % x.width] as number)) : points;
  if (p === 1) return same(ops.compare(own, others, { kind: 'absolutes' }));
  if (p === 2) return squared(ops.compare(own, others, { kind: 'squares' }));
  const reduced = ops.compare(own, others, { kind: 'powers', exponent: p });
  return { reduced, root: (sum) => ops.power(sum, 1 / p), reduce: (distance) => distance ** p };
}

/** 1 − cos of the angle, kept in [0, 2]. */
function cosine(x: Value, points: Float64Array): Value {
  return ops.minimum(ops.maximum(ops.add(ops.negate(cosineSimilarity(x, points)), 1), 0), 2);
}

/** cos of the angle: x · p of rows of length 1; rows of zeros stay zero. */
export function cosineSimilarity(x: Value, points: Float64Array): Value {
  const unit = points.slice();
  for (let at = 0; at < unit.length; at += x.width) {
    const row = unit.subarray(at, at + x.width);
    const norm = Math.sqrt(row.reduce((sum, own) => sum + own * own, 0)) || 1;
    row.forEach((own, f) => (row[f] = own / norm));
  }
  const norm = ops.squareRoot(ops.sumOfSquares(x));
  return ops.linear(ops.divide(x, ops.where(ops.equal(norm, 0), ops.constant([1]), norm)), unit);
}

/** Angle between points on a sphere given as latitude and longitude in radians. */
function haversine(x: Value, points: Float64Array): Distances {
  const [latitude, longitude] = [column(points, 2, 0), column(points, 2, 1)];
  const halfSine = (at: number, others: Float64Array): Value =>
    ops.sine(ops.multiply(ops.subtract(ops.select(x, [at]), others), 0.5));
  const north = halfSine(0, latitude);
  const east = halfSine(1, longitude);
  const shrink = ops.multiply(ops.cosine(ops.select(x, [0])), latitude.map(Math.cos));
  const reduced = ops.add(ops.multiply(north, north), ops.multiply(shrink, ops.multiply(east, east)));
  return {
    reduced,
    root: (own) => ops.multiply(ops.inverseSine(ops.squareRoot(own)), 2),
    reduce: (distance) => Math.sin(0.5 * distance) ** 2,
  };
}

/** |a − b| / (|a| + |b|); nothing where both are 0. */
function canberra(a: Value, b: Float64Array): Value {
  const size = ops.add(ops.absolute(a), b.map(Math.abs));
  const isZero = ops.equal(size, 0);
  return ops.divide(ops.absolute(ops.subtract(a, b)), ops.where(isZero, ops.constant([1]), size));
}

/** Σ |a − b| / Σ (|a| + |b|), nothing where both are 0; brute force of 1.0 and before asks SciPy, whose divisor is Σ |a + b|. */
function brayCurtis(fitted: Fitted, x: Value, points: Float64Array): Value {
  const isScipy = fitted.raw('_fit_method') === 'brute' && !fitted.since(1, 1);
  const apart = perFeature(x, points, (a, b) => ops.absolute(ops.subtract(a, b)));
  const together = perFeature(x, points, (a, b) =>
    isScipy ? ops.absolute(ops.add(a, b)) : ops.add(ops.absolute(a), b.map(Math.abs)),
  );
  const isZero = ops.equal(together, 0);
  return ops.divide(apart, ops.where(isZero, ops.constant([1]), together));
}

function centredRows(x: Value): Value {
  return ops.subtract(x, ops.divide(ops.sum(x), x.width));
}

function centredPoints(points: Float64Array, width: number): Float64Array {
  return points.map((own, i) => {
    const start = i - (i % width);
    return own - points.subarray(start, start + width).reduce((sum, cell) => sum + cell, 0) / width;
  });
}

/** Σ over the features of a term between a column [N,1] and the same coordinate of all points. */
function perFeature(x: Value, points: Float64Array, term: (a: Value, b: Float64Array) => Value): Value {
  const terms = Array.from({ length: x.width }, (_, f) => term(ops.select(x, [f]), column(points, x.width, f)));
  return terms.reduce((sum, own) => ops.add(sum, own));
}

function column(points: Float64Array, width: number, at: number): Float64Array {
  return Float64Array.from({ length: points.length / width }, (_, m) => points[m * width + at] as number);
}
