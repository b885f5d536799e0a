import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';

/** From 1.0 on a norm below this counts as zero (`_handle_zeros_in_scale`). */
const TINY = 10 * Number.EPSILON;

/** Each row divided by its norm; rows of norm zero stay as they are. */
export const normalizer: Converter = {
  types: ['sklearn.preprocessing._data.Normalizer'],
  became: 'divide by the norm of the row',
  exactness: '1e-12',
  sparse: 'kept',
  state: (fitted) => `norm=${fitted.text('norm', 'l2')}`,

  transform(fitted, input) {
    const x = checked(input.numbers());
    return new Features([normalized(x, norm(fitted, x), fitted.since(1, 0) ? TINY : 0)], input.names);
  },
};

/** x / norm, where norms that are 0 or below `tiny` count as 1. */
export function normalized(x: Value, size: Value, tiny = TINY): Value {
  const isZero = tiny === 0 ? ops.equal(size, 0) : ops.less(size, tiny);
  return ops.divide(x, ops.where(isZero, 1, size));
}

function norm(fitted: Fitted, x: Value): Value {
  switch (fitted.text('norm', 'l2')) {
    case 'l2':
      return ops.squareRoot(ops.sumOfSquares(x));
    case 'l1':
      return ops.sum(ops.absolute(x));
    case 'max':
      return ops.largest(ops.absolute(x));
    default:
      throw fitted.wrong('norm', "'l1', 'l2' or 'max'");
  }
}
