import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Fitted } from '../fitted.ts';
import { matrixOf } from '../linear/matrix.ts';
import { checked } from '../linear/scores.ts';

/** libsvm's kernels by name. */
const kernels = ['linear', 'poly', 'rbf', 'sigmoid'] as const;
type Kernel = (typeof kernels)[number];

/** `rbf kernel, 12 support vectors` */
export function describeMachine(fitted: Fitted): string {
  const kernel = kernels.find((name) => name === fitted.raw('kernel')) ?? 'other';
  return `${kernel} kernel, ${fitted.vector('support_').length} support vectors`;
}

/** Support vectors `[count, features]`, row-major. */
export interface SupportVectors {
  readonly count: number;
  readonly data: Float64Array;
}

export function supportVectorsOf(fitted: Fitted, width: number): SupportVectors {
  const { shape, data } = matrixOf(fitted, 'support_vectors_');
  const [count = 0, features = 0] = shape;
  if (count && features !== width) throw fitted.wrong('support_vectors_', `vectors of ${width} numbers`);
  return { count, data };
}

/** Σ weight · K(x, support vector) + bias, one sum per row of `weights` `[sums, vectors]`. */
export function kernelSums(
  fitted: Fitted,
  input: Features,
  vectors: SupportVectors,
  weights: Float64Array,
  bias: Float64Array,
): Value {
  const kernel = kernelOf(fitted);
  const x = checked(input.numbers());
  const sums = bias.length;
  if (!vectors.count || kernel === 'linear') return ops.linear(x, primal(weights, vectors, sums, x.width), bias);
  return ops.linear(kernelValues(fitted, kernel, x, vectors.data), weights, bias);
}

function kernelOf(fitted: Fitted): Kernel {
  const raw = fitted.raw('kernel');
  const kernel = kernels.find((name) => name === raw);
  if (kernel) return kernel;
  if (raw === 'precomputed') {
    throw fitted.unsupported(
      "kernel='precomputed'",
      'Train with the kernel itself (rbf, poly, sigmoid, linear), so that the model takes columns.',
      'its input is a similarity to every training row, which only the training data can give',
    );
  }
  throw fitted.unsupported(
    'a kernel that is a Python function',
    'Use one of rbf, poly, sigmoid, linear and train again.',
  );
}

/** The linear kernel needs no vectors: Σ weight · (x · v) = x · (Σ weight · v). */
function primal(weights: Float64Array, { count, data }: SupportVectors, sums: number, width: number): Float64Array {
  const result = new Float64Array(sums * width);
  for (let s = 0; s < sums; s++) {
    for (let v = 0; v < count; v++) {
      const weight = weights[s * count + v] as number;
      for (let f = 0; weight !== 0 && f < width; f++) {
        result[s * width + f] = (result[s * width + f] as number) + weight * (data[v * width + f] as number);
      }
    }
  }
  return result;
}

function kernelValues(fitted: Fitted, kernel: Exclude<Kernel, 'linear'>, x: Value, vectors: Float64Array): Value {
  const gamma = fitted.number('_gamma');
  if (kernel === 'rbf')
    return ops.exponential(ops.multiply(ops.compare(x, vectors, { kind: 'squares' }, { isRough: true }), -gamma));
  const inner = ops.add(ops.multiply(ops.linear(x, vectors), gamma), fitted.number('coef0'));
  return kernel === 'poly' ? ops.power(inner, fitted.number('degree')) : ops.hyperbolicTangent(inner);
}
