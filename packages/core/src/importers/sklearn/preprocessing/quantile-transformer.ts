import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { clip } from './min-max-scaler.ts';

/** How close to the first or last quantile counts as outside (`BOUNDS_THRESHOLD`). */
const BOUNDS_THRESHOLD = 1e-7;
/** `norm.ppf(1e-7 − 2.2e-16)` and its counterpart: the farthest normal quantiles. */
const LEAST = -5.199337582605575;
const MOST = 5.19933758270342;

/**
 * Where x lies among the quantiles of training, as a share of 0 to 1 or as a normal quantile.
 *
 * The mean of interpolating upwards and downwards, so that repeated quantiles give their middle. Missing stays missing.
 */
export const quantileTransformer: Converter = {
  types: ['sklearn.preprocessing._data.QuantileTransformer'],
  became: 'interpolation between quantiles',
  exactness: '1e-12',
  sparse: 'kept',
  state: (fitted) =>
    `${fitted.array('quantiles_').shape.join(' × ')} quantiles, ${fitted.text('output_distribution', 'uniform')}`,

  transform(fitted, input) {
    const x = ops.require(input.numbers(), { finite: true });
    const { quantiles, references } = gridOf(fitted, input.width);
    const first = quantiles.map((column) => column[0] as number);
    const last = quantiles.map((column) => column.at(-1) as number);
    const share = between(x, quantiles, references);
    if (fitted.text('output_distribution', 'uniform') === 'uniform') {
      const y = bounded(share, ops.equal(x, first), ops.equal(x, last));
      return new Features([stored(x, y, input)], input.names);
    }
    const below = ops.less(ops.subtract(x, BOUNDS_THRESHOLD), first);
    const above = ops.greater(ops.add(x, BOUNDS_THRESHOLD), last);
    const normal = ops.normalQuantile(bounded(share, below, above));
    return new Features([stored(x, clip(normal, LEAST, MOST), input)], input.names);
  },
};

/** Zeros that a sparse matrix does not store are left alone. */
function stored(x: Value, y: Value, input: Features): Value {
  return input.sparse ? ops.where(ops.equal(x, 0), 0, y) : y;
}

/** 0 at the lower end, else 1 at the upper end, else the share. */
function bounded(share: Value, below: Value, above: Value): Value {
  return ops.where(below, 0, ops.where(above, 1, share));
}

function between(x: Value, quantiles: readonly Float64Array[], references: Float64Array): Value {
  const upwards = ops.interpolate(
    x,
    quantiles.map((column) => ({ x: column, y: references })),
  );
  const reversed = (numbers: Float64Array): Float64Array => numbers.toReversed().map((number) => -number);
  const downwards = ops.interpolate(
    ops.negate(x),
    quantiles.map((column) => ({ x: reversed(column), y: reversed(references) })),
  );
  return ops.multiply(ops.subtract(upwards, downwards), 0.5);
}

function gridOf(fitted: Fitted, width: number): { quantiles: Float64Array[]; references: Float64Array } {
  const references = fitted.vector('references_');
  const { shape, data } = fitted.array('quantiles_');
  if (shape[0] !== references.length || shape[1] !== width || !references.length) {
    throw fitted.wrong('quantiles_', `${references.length} × ${width} numbers`);
  }
  const quantiles = Array.from({ length: width }, (_, column) =>
    references.map((_reference, row) => data[row * width + column] as number),
  );
  return { quantiles, references };
}
