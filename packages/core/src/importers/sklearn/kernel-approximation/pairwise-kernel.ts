import { ops, type Value } from '../../../ir/index.ts';
import { PyDict, unwrap, type Fitted } from '../fitted.ts';
import { componentsOf } from '../decomposition/components.ts';
import { normalized } from '../preprocessing/normalizer.ts';

/** Parameters of kernels; undefined where the estimator leaves them to the kernel. */
export interface KernelParameters {
  readonly gamma: number | undefined;
  readonly degree: number | undefined;
  readonly coef0: number | undefined;
}

/** Similarity of each row to each of the points that the estimator keeps: `[N, points]` (`pairwise_kernels`). */
export function pairwiseKernel(fitted: Fitted, x: Value, points: string, parameters: KernelParameters): Value {
  const kernel = unwrap(fitted.raw('kernel'));
  if (typeof kernel !== 'string')
    throw fitted.unsupported('a kernel that is a Python function', 'Use a kernel of scikit-learn and train again.');
  if (kernel === 'precomputed') return x;
  if (fitted.raw('kernel_params') instanceof PyDict) {
    throw fitted.unsupported(
      'kernel_params',
      'Give gamma, degree and coef0 as parameters of their own and train again.',
    );
  }
  const of = componentsOf(fitted, x.width, points);
  const gamma = parameters.gamma ?? 1 / x.width;
  const { degree = 3, coef0 = 1 } = parameters;
  switch (kernel) {
    case 'linear':
      return ops.linear(x, of);
    case 'poly':
    case 'polynomial':
      return ops.power(ops.add(ops.multiply(ops.linear(x, of), gamma), coef0), degree);
    case 'sigmoid':
      return ops.hyperbolicTangent(ops.add(ops.multiply(ops.linear(x, of), gamma), coef0));
    case 'rbf':
      return ops.exponential(ops.multiply(ops.compare(x, of, { kind: 'squares' }), -gamma));
    case 'laplacian':
      return ops.exponential(ops.multiply(ops.compare(x, of, { kind: 'absolutes' }), -gamma));
    case 'cosine':
      return ops.linear(normalized(x, ops.squareRoot(ops.sumOfSquares(x))), unitRows(of, x.width));
    case 'additive_chi2':
      return ops.negate(ops.chiSquared(ops.within(x, { always: [{ refuses: 'below', value: 0 }] }), of));
    case 'chi2':
      return ops.exponential(
        ops.multiply(
          ops.chiSquared(ops.within(x, { always: [{ refuses: 'below', value: 0 }] }), of),
          -(parameters.gamma ?? 1),
        ),
      );
    default:
      throw fitted.unsupported(
        `the kernel "${kernel}"`,
        'Use one of rbf, poly, sigmoid, linear, cosine, laplacian, chi2, additive_chi2 and train again.',
      );
  }
}

/** Each row divided by its length. */
function unitRows(rows: Float64Array, width: number): Float64Array {
  const result = rows.slice();
  for (let start = 0; start < rows.length; start += width) {
    const row = result.subarray(start, start + width);
    const length = Math.sqrt(row.reduce((sum, cell) => sum + cell * cell, 0));
    if (length >= 10 * Number.EPSILON) row.forEach((cell, i) => (row[i] = cell / length));
  }
  return result;
}
