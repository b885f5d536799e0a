import { ops, type Value } from '../../../ir/index.ts';
import type { Context } from '../context.ts';
import { numbersOf, type Fitted } from '../fitted.ts';
import { cosineSimilarity } from '../neighbors/metric.ts';

/** A covariance: of each row with each training row [N, M] and of each row with itself [N, 1]; a number is the same for all. */
export interface Covariance {
  readonly cross: (x: Value, points: Float64Array) => Value | number;
  /** Undefined where it is not known here. */
  readonly diagonal: ((x: Value) => Value | number) | undefined;
}

const MAX_DEPTH = 40;

/** The tree of kernels in `kernel_`. */
export function covarianceOf(kernel: Fitted, context: Context, depth = 0): Covariance {
  if (depth > MAX_DEPTH) throw kernel.wrong('kernel', 'a kernel that is not nested too deeply');
  const inner = (name: string): Covariance =>
    covarianceOf(context.fitted(kernel.object_(name), name), context, depth + 1);
  switch (kernel.type) {
    case `${ROOM}.Sum`:
      return combined(inner('k1'), inner('k2'), plus);
    case `${ROOM}.Product`:
      return combined(inner('k1'), inner('k2'), times);
    case `${ROOM}.Exponentiation`: {
      const exponent = kernel.number('exponent');
      const { cross, diagonal } = inner('kernel');
      return {
        cross: (x, points) => raised(cross(x, points), exponent),
        diagonal: diagonal && ((x) => raised(diagonal(x), exponent)),
      };
    }
    case `${ROOM}.ConstantKernel`: {
      const constant = kernel.number('constant_value');
      return { cross: () => constant, diagonal: () => constant };
    }
    case `${ROOM}.WhiteKernel`: {
      const noise = kernel.number('noise_level');
      return { cross: () => 0, diagonal: () => noise };
    }
    case `${ROOM}.RBF`:
      return normalized((x, points) => gaussian(scaledSquares(kernel, x, points)));
    case `${ROOM}.Matern`:
      return normalized((x, points) => matern(kernel, scaledSquares(kernel, x, points)));
    case `${ROOM}.RationalQuadratic`: {
      const alpha = kernel.number('alpha');
      const scale = 2 * alpha * kernel.number('length_scale') ** 2;
      return normalized((x, points) => ops.power(ops.add(ops.divide(squares(x, points), scale), 1), -alpha));
    }
    case `${ROOM}.ExpSineSquared`:
      return normalized((x, points) => {
        const phase = ops.multiply(ops.squareRoot(squares(x, points)), Math.PI / kernel.number('periodicity'));
        const ratio = ops.divide(ops.sine(phase), kernel.number('length_scale'));
        return ops.exponential(ops.multiply(ops.multiply(ratio, ratio), -2));
      });
    case `${ROOM}.DotProduct`: {
      const shift = kernel.number('sigma_0') ** 2;
      return {
        cross: (x, points) => ops.add(ops.linear(x, points), shift),
        diagonal: (x) => ops.add(ops.sumOfSquares(x), shift),
      };
    }
    case `${ROOM}.PairwiseKernel`:
      return pairwise(kernel);
    default:
      throw kernel.unsupported(`the kernel ${kernel.type}`, 'Use the kernels of sklearn.gaussian_process.kernels.');
  }
}

const ROOM = 'sklearn.gaussian_process.kernels';

type Combine = (a: Value | number, b: Value | number) => Value | number;

function combined(a: Covariance, b: Covariance, combine: Combine): Covariance {
  const [first, second] = [a.diagonal, b.diagonal];
  return {
    cross: (x, points) => combine(a.cross(x, points), b.cross(x, points)),
    diagonal: first && second && ((x) => combine(first(x), second(x))),
  };
}

const plus: Combine = (a, b) => {
  if (typeof a === 'number') return typeof b === 'number' ? a + b : ops.add(b, a);
  return ops.add(a, b);
};

const times: Combine = (a, b) => {
  if (typeof a === 'number') return typeof b === 'number' ? a * b : ops.multiply(b, a);
  return ops.multiply(a, b);
};

function raised(base: Value | number, exponent: number): Value | number {
  return typeof base === 'number' ? base ** exponent : ops.power(base, exponent);
}

/** A kernel that is 1 at distance 0. */
function normalized(cross: (x: Value, points: Float64Array) => Value): Covariance {
  return { cross, diagonal: () => 1 };
}

function squares(x: Value, points: Float64Array): Value {
  return ops.compare(x, points, { kind: 'squares' });
}

/** Squared distances after dividing both by the length scale, one or one per column. */
function scaledSquares(kernel: Fitted, x: Value, points: Float64Array): Value {
  const scale = kernel.vector('length_scale', x.width);
  return squares(
    ops.divide(x, scale),
    points.map((own, i) => own / (scale[i % x.width] as number)),
  );
}

function gaussian(distance: Value): Value {
  return ops.exponential(ops.multiply(distance, -0.5));
}

/** Closed forms for ν = ½, 1½, 2½ and ∞. */
function matern(kernel: Fitted, square: Value): Value {
  const nu = kernel.number('nu');
  if (nu === Infinity) return gaussian(square);
  const distance = ops.squareRoot(square);
  if (nu === 0.5) return ops.exponential(ops.negate(distance));
  if (nu !== 1.5 && nu !== 2.5) {
    throw kernel.unsupported(
      `the Matern kernel with nu=${nu}`,
      'Use nu of 0.5, 1.5, 2.5 or inf and train again.',
      'others need Bessel functions',
    );
  }
  const scaled = ops.multiply(distance, Math.sqrt(2 * nu));
  const decay = ops.exponential(ops.negate(scaled));
  const linear = ops.add(scaled, 1);
  const polynomial = nu === 1.5 ? linear : ops.add(linear, ops.divide(ops.multiply(scaled, scaled), 3));
  return ops.multiply(polynomial, decay);
}

/** `pairwise_kernels` by name, with its own defaults. */
function pairwise(kernel: Fitted): Covariance {
  const metric = kernel.text('metric');
  const gamma = numbersOf(kernel.raw('gamma'))?.data[0] ?? 1;
  if (kernel.has('pairwise_kernels_kwargs')) {
    throw kernel.unsupported(
      'PairwiseKernel with further arguments',
      'Leave pairwise_kernels_kwargs out and train again.',
    );
  }
  const affine = (x: Value, points: Float64Array): Value =>
    ops.add(
      ops.linear(
        x,
        points.map((own) => own * gamma),
      ),
      1,
    );
  switch (metric) {
    case 'linear':
      return { cross: (x, points) => ops.linear(x, points), diagonal: ops.sumOfSquares };
    case 'rbf':
      return normalized((x, points) => ops.exponential(ops.multiply(squares(x, points), -gamma)));
    case 'laplacian':
      return normalized((x, points) =>
        ops.exponential(ops.multiply(ops.compare(x, points, { kind: 'absolutes' }), -gamma)),
      );
    case 'poly':
    case 'polynomial':
      return { cross: (x, points) => ops.power(affine(x, points), 3), diagonal: undefined };
    case 'sigmoid':
      return { cross: (x, points) => ops.hyperbolicTangent(affine(x, points)), diagonal: undefined };
    case 'cosine':
      return { cross: cosineSimilarity, diagonal: undefined };
    default:
      throw kernel.unsupported(
        `PairwiseKernel with metric "${metric}"`,
        'Use linear, rbf, laplacian, poly, sigmoid or cosine.',
      );
  }
}
