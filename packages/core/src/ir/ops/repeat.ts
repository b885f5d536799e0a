import type { Value } from '../value.ts';
import { isMissingText } from './categories.ts';
import { select } from './columns.ts';
import { add, cast, constant, isMissing, multiply } from './numbers.ts';

/**
 * The same float64 numbers in every row of `like`, as a block of its own: a constant has one row only and cannot be
 * put beside other columns.
 */
export function repeat(values: ArrayLike<number>, like: Value): Value {
  const first = select(like, [0]);
  const flag = like.dtype === 'string' ? isMissingText(first) : isMissing(cast(first, 'float64'));
  return add(multiply(cast(flag, 'float64'), 0), constant(values));
}
