import type { Value } from '../../../ir/index.ts';
import type { Fitted } from '../fitted.ts';
import { callFunction } from '../function/index.ts';

/** `inverse_func` of a FunctionTransformer; none leaves the numbers as they are. */
export function inverseFunction(fitted: Fitted, x: Value): Value {
  return callFunction(fitted, fitted.raw('inverse_func'), fitted.raw('inv_kw_args'), x);
}
