import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { asNumber, unwrap, type Fitted } from '../fitted.ts';
import { matrixOf } from '../linear/matrix.ts';
import { checked } from '../linear/scores.ts';
import { cosineSimilarity } from '../neighbors/metric.ts';

/** Σ weight · K(x, training row) */
export const kernelRidge: Converter = {
  types: ['sklearn.kernel_ridge.KernelRidge'],
  became: 'kernel values, weighted sum',
  exactness: '1e-12',
  state: (fitted) => `${describe(fitted)} kernel, ${fitted.array('dual_coef_').shape[0]} training rows`,

  predict(fitted, input, context) {
    const { shape, data: points } = matrixOf(fitted, 'X_fit_');
    const rows = shape[0] ?? 0;
    if (!rows || shape[1] !== input.width) throw fitted.wrong('X_fit_', `training rows of ${input.width} columns`);
    const dual = fitted.array('dual_coef_');
    const targets = dual.shape.length > 1 ? (dual.shape[1] as number) : 1;
    if (dual.data.length !== rows * targets) throw fitted.wrong('dual_coef_', `${rows} numbers for each target`);
    const weights = Float64Array.from(
      dual.data,
      (_, i) => dual.data[(i % rows) * targets + Math.floor(i / rows)] as number,
    );
    context.warn(`${fitted.path} keeps its training rows: whoever has the package can read them.`);
    const value = ops.linear(kernelValues(fitted, checked(input.numbers()), points), weights);
    return { kind: 'regressor', value, single: dual.shape.length === 1 };
  },
};

function describe(fitted: Fitted): string {
  const kernel = unwrap(fitted.raw('kernel'));
  return typeof kernel === 'string' ? kernel : 'custom';
}

/** `pairwise_kernels` of each row and each point: [N, points]. */
function kernelValues(fitted: Fitted, x: Value, points: Float64Array): Value {
  const gamma = asNumber(fitted.raw('gamma')) ?? 1 / x.width;
  const affine = (): Value =>
    ops.add(
      ops.linear(
        x,
        points.map((own) => own * gamma),
      ),
      fitted.number('coef0', 1),
    );
  switch (fitted.raw('kernel')) {
    case 'linear':
      return ops.linear(x, points);
    case 'poly':
    case 'polynomial':
      return ops.power(affine(), fitted.number('degree', 3));
    case 'sigmoid':
      return ops.hyperbolicTangent(affine());
    case 'rbf':
      return ops.exponential(ops.multiply(ops.compare(x, points, { kind: 'squares' }), -gamma));
    case 'laplacian':
      return ops.exponential(ops.multiply(ops.compare(x, points, { kind: 'absolutes' }), -gamma));
    case 'cosine':
      return cosineSimilarity(x, points);
    case 'chi2':
      return ops.exponential(ops.multiply(ops.chiSquared(positive(x), points), -(asNumber(fitted.raw('gamma')) ?? 1)));
    case 'additive_chi2':
      return ops.negate(ops.chiSquared(positive(x), points));
    default:
      throw fitted.unsupported(
        typeof unwrap(fitted.raw('kernel')) === 'string'
          ? `the kernel "${describe(fitted)}"`
          : 'a kernel that is a Python function',
        'Use linear, poly, rbf, sigmoid, laplacian, cosine, chi2 or additive_chi2 and train again.',
      );
  }
}

/** The χ² kernels take no negative numbers. */
function positive(x: Value): Value {
  return ops.within(x, { always: [{ refuses: 'below', value: 0 }] });
}
