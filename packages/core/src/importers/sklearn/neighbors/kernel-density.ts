import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { itemsOf, numbersOf, PyObject, PyTuple, type Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';
import { logOfSum } from '../naive-bayes/posterior.ts';
import { distances } from './metric.ts';

/** Log of the density at a row: log Σ weight · kernel(distance / h) over the training rows, normalised. */
export const kernelDensity: Converter = {
  types: ['sklearn.neighbors._kde.KernelDensity'],
  became: 'distances to all training rows, log of the sum of kernels',
  exactness: '1e-12',
  state: (fitted) => `${fitted.text('kernel')} kernel`,

  predict(fitted, input, context) {
    if (fitted.number('atol', 0) !== 0 || fitted.number('rtol', 0) !== 0) {
      throw fitted.unsupported(
        'KernelDensity with atol or rtol',
        'Set both to 0 and train again.',
        'its answers depend on where its search stops',
      );
    }
    const { points, weights } = treeOf(fitted, input.width);
    context.warn(`${fitted.path} keeps its training rows: whoever has the package can read them.`);
    const x = checked(input.numbers());
    const { reduced, root } = distances(fitted, fitted.raw('metric'), fitted.raw('metric_params'), x, points);
    const h = fitted.has('bandwidth_') ? fitted.number('bandwidth_') : fitted.number('bandwidth');
    const kernel = kernels.get(fitted.text('kernel'));
    if (!kernel) throw fitted.wrong('kernel', 'a kernel of KernelDensity');
    const logs = kernel.log(root(reduced), h);
    const weighted = weights ? ops.add(logs, weights.map(Math.log)) : logs;
    const total = weights ? weights.reduce((sum, own) => sum + own, 0) : points.length / input.width;
    const norm = -kernel.logVolume(input.width) - input.width * Math.log(h) - Math.log(total);
    const density = ops.add(logOfSum(weighted), norm);
    return { kind: 'transformer', output: density, names: ['log_density'], samples: density };
  },
};

/** The search tree's state begins with the training rows and ends with their weights, or None. */
function treeOf(fitted: Fitted, width: number): { points: Float64Array; weights: Float64Array | undefined } {
  const tree = fitted.raw('tree_');
  const state = tree instanceof PyObject && tree.state instanceof PyTuple ? itemsOf(tree.state) : undefined;
  const points = numbersOf(state?.[0])?.data;
  if (!points?.length || points.length % width) throw fitted.wrong('tree_', `a tree over rows of ${width} columns`);
  const weights = numbersOf(state?.at(-1))?.data;
  return { points, weights: weights?.length === points.length / width ? weights : undefined };
}

interface Kernel {
  /** Logarithm of the kernel at a distance, not normalised. */
  readonly log: (distance: Value, h: number) => Value;
  /** Logarithm of its integral over space of so many dimensions for h = 1. */
  readonly logVolume: (dimensions: number) => number;
}

/** log(shape(d / h)) inside the bandwidth, −∞ outside. */
const inside =
  (shape: (ratio: Value) => Value) =>
  (distance: Value, h: number): Value =>
    ops.logarithm(ops.where(ops.less(distance, h), shape(ops.divide(distance, h)), 0));

const kernels: ReadonlyMap<string, Kernel> = new Map<string, Kernel>([
  [
    'gaussian',
    {
      log: (distance, h) => ops.divide(ops.multiply(ops.multiply(distance, distance), -0.5), h * h),
      logVolume: (d) => 0.5 * d * Math.log(2 * Math.PI),
    },
  ],
  ['tophat', { log: inside((ratio) => ops.add(ops.multiply(ratio, 0), 1)), logVolume: logBall }],
  [
    'epanechnikov',
    {
      log: inside((ratio) => ops.add(ops.negate(ops.multiply(ratio, ratio)), 1)),
      logVolume: (d) => logBall(d) + Math.log(2 / (d + 2)),
    },
  ],
  [
    'exponential',
    {
      log: (distance, h) => ops.negate(ops.divide(distance, h)),
      logVolume: (d) => logSphere(d - 1) + logFactorial(d - 1),
    },
  ],
  ['linear', { log: inside((ratio) => ops.add(ops.negate(ratio), 1)), logVolume: (d) => logBall(d) - Math.log(d + 1) }],
  ['cosine', { log: inside((ratio) => ops.cosine(ops.multiply(ratio, 0.5 * Math.PI))), logVolume: cosineVolume }],
]);

/** log of the volume of the unit ball: n/2 log π − log Γ(n/2 + 1) */
function logBall(n: number): number {
  let log = n % 2 ? Math.log(2) : 0;
  for (let k = n; k >= 2; k -= 2) log += Math.log((2 * Math.PI) / k);
  return log;
}

/** log of the surface of the unit ball of n + 1 dimensions. */
function logSphere(n: number): number {
  return n ? Math.log(2 * Math.PI) + logBall(n - 1) : Math.log(2);
}

function logFactorial(n: number): number {
  let log = 0;
  for (let k = 2; k <= n; k++) log += Math.log(k);
  return log;
}

function cosineVolume(d: number): number {
  let factor = 0;
  let term = 2 / Math.PI;
  for (let k = 1; k <= d; k += 2) {
    factor += term;
    term *= -(d - k) * (d - k - 1) * (2 / Math.PI) ** 2;
  }
  return Math.log(factor) + logSphere(d - 1);
}
