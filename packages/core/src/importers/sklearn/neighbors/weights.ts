import { ops, type Value } from '../../../ir/index.ts';
import { unwrap, type Fitted } from '../fitted.ts';

/** Weights of neighbours: none for 'uniform', 1/d for 'distance'; where some are at distance 0, those alone count. */
export function weightsOf(fitted: Fitted, distance: () => Value): Value | undefined {
  const weights = unwrap(fitted.raw('weights'));
  if (weights === 'uniform' || weights === null || weights === undefined) return undefined;
  if (weights === 'distance') return inverse(distance());
  throw fitted.unsupported(
    'weights that are a Python function',
    "Use weights='uniform' or 'distance' and train again.",
  );
}

function inverse(distance: Value): Value {
  const shares = ops.divide(ops.constant([1]), distance);
  const isHere = ops.cast(ops.equal(shares, Infinity), 'float64');
  return ops.where(ops.greater(ops.largest(isHere), 0), isHere, shares);
}
