import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { numbersOf, type Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';
import { logOfSum, posterior } from '../naive-bayes/posterior.ts';
import { digamma } from './digamma.ts';

/** Mixtures of Gaussians: log weight + log density of each component. */
export const gaussianMixture: Converter = {
  types: [
    'sklearn.mixture._gaussian_mixture.GaussianMixture',
    'sklearn.mixture._bayesian_mixture.BayesianGaussianMixture',
  ],
  became: 'log likelihood of each component, normalised',
  exactness: '1e-12',
  state: (fitted) => `${fitted.array('means_').shape[0]} components, ${fitted.text('covariance_type')}`,

  predict(fitted, input) {
    const { shape, data: means } = fitted.array('means_');
    const count = shape[0] ?? 0;
    if (!count || shape[1] !== input.width) throw fitted.wrong('means_', `means of ${input.width} numbers`);
    const { squares, logDeterminants } = mahalanobis(fitted, checked(input.numbers()), means, count);
    const constant = input.width * Math.log(2 * Math.PI);
    const density = ops.add(ops.multiply(ops.add(squares, constant), -0.5), logDeterminants);
    const joint = ops.add(density, offsets(fitted, count, input.width));
    return {
      kind: 'clusterer',
      label: ops.positionOfLargest(joint),
      probabilities: posterior(joint),
      samples: logOfSum(joint),
    };
  },
};

interface Squares {
  /** Squared distance to each component in units of its covariance, [N, components]. */
  readonly squares: Value;
  /** log of the determinant of the precision's Cholesky factor, by component. */
  readonly logDeterminants: Float64Array;
}

function mahalanobis(fitted: Fitted, x: Value, means: Float64Array, count: number): Squares {
  const width = x.width;
  const kind = fitted.text('covariance_type');
  const perComponent = kind === 'full' ? width * width : kind === 'diag' ? width : 1;
  const factors = fitted.vector('precisions_cholesky_', kind === 'tied' ? width * width : perComponent * count);
  const each = <T>(make: (k: number) => T): T[] => Array.from({ length: count }, (_, k) => make(k));
  if (kind === 'full' || kind === 'tied') {
    const factorOf = (k: number): Float64Array =>
      kind === 'tied' ? factors : factors.slice(k * perComponent, (k + 1) * perComponent);
    const squares = each((k) => {
      const centred = ops.subtract(x, means.slice(k * width, (k + 1) * width));
      return ops.sumOfSquares(ops.linear(centred, transposed(factorOf(k), width)));
    });
    return {
      squares: ops.concat(squares),
      logDeterminants: Float64Array.from(each((k) => diagonalLogs(factorOf(k), width))),
    };
  }
  if (kind === 'diag') {
    const squares = ops.compare(
      x,
      means,
      { kind: 'squares' },
      { divisors: factors.map((factor) => 1 / (factor * factor)) },
    );
    const logs = each((k) =>
      factors.subarray(k * width, (k + 1) * width).reduce((sum, factor) => sum + Math.log(factor), 0),
    );
    return { squares, logDeterminants: Float64Array.from(logs) };
  }
  if (kind !== 'spherical') throw fitted.wrong('covariance_type', 'full, tied, diag or spherical');
  const precisions = factors.map((factor) => factor * factor);
  return {
    squares: ops.multiply(ops.compare(x, means, { kind: 'squares' }), precisions),
    logDeterminants: factors.map((factor) => width * Math.log(factor)),
  };
}

/** What is added to the Gaussian log density of each component. */
function offsets(fitted: Fitted, count: number, width: number): Float64Array {
  if (fitted.name === 'GaussianMixture') return fitted.vector('weights_', count).map(Math.log);
  const freedom = fitted.vector('degrees_of_freedom_', count);
  const precision = fitted.vector('mean_precision_', count);
  return bayesianLogWeights(fitted, count).map((weight, k) => {
    const nu = freedom[k] as number;
    let logLambda = width * Math.log(2);
    for (let f = 0; f < width; f++) logLambda += digamma(0.5 * (nu - f));
    return weight - 0.5 * width * Math.log(nu) + 0.5 * (logLambda - width / (precision[k] as number));
  });
}

/** Expected log weights under the Dirichlet process, or the Dirichlet distribution. */
function bayesianLogWeights(fitted: Fitted, count: number): Float64Array {
  if (fitted.text('weight_concentration_prior_type', 'dirichlet_process') !== 'dirichlet_process') {
    const concentration = fitted.vector('weight_concentration_', count);
    const total = digamma(concentration.reduce((sum, own) => sum + own, 0));
    return concentration.map((own) => digamma(own) - total);
  }
  const [a, b] = fitted.list('weight_concentration_').map((own) => numbersOf(own)?.data);
  if (a?.length !== count || b?.length !== count)
    throw fitted.wrong('weight_concentration_', `two arrays of ${count} numbers`);
  let before = 0;
  return Float64Array.from({ length: count }, (_, k) => {
    const own = a[k] as number;
    const rest = b[k] as number;
    const total = digamma(own + rest);
    const log = digamma(own) - total + before;
    before += digamma(rest) - total;
    return log;
  });
}

function transposed(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, i) => matrix[(i % size) * size + Math.floor(i / size)] as number);
}

function diagonalLogs(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let f = 0; f < size; f++) sum += Math.log(matrix[f * size + f] as number);
  return sum;
}
