import { ops, type Value } from '../../../ir/index.ts';
import type { Fitted } from '../fitted.ts';

/** How close to 0 or 1 counts as outside (`BOUNDS_THRESHOLD`). */
const BOUNDS_THRESHOLD = 1e-7;

/** Undoes a QuantileTransformer: the share of the distribution below x, looked up in the quantiles of training. */
export function inverseQuantiles(fitted: Fitted, x: Value): Value {
  const references = fitted.vector('references_');
  const { shape, data } = fitted.array('quantiles_');
  if (shape[0] !== references.length || shape[1] !== x.width || !references.length)
    throw fitted.wrong('quantiles_', `${references.length} × ${x.width} numbers`);
  const columns = Array.from({ length: x.width }, (_, column) =>
    references.map((__, row) => data[row * x.width + column] as number),
  );
  const isNormal = fitted.text('output_distribution', 'uniform') === 'normal';
  const share = isNormal ? ops.normalShare(x) : x;
  const between = ops.interpolate(
    share,
    columns.map((quantiles) => ({ x: references, y: quantiles })),
  );
  if (!isNormal) return between;
  const first = ops.constant(columns.map((quantiles) => quantiles[0] as number));
  const last = ops.constant(columns.map((quantiles) => quantiles.at(-1) as number));
  const below = ops.less(ops.subtract(share, BOUNDS_THRESHOLD), 0);
  const above = ops.greater(ops.add(share, BOUNDS_THRESHOLD), 1);
  return ops.where(below, first, ops.where(above, last, between));
}
