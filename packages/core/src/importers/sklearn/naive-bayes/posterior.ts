import { ops, type Value } from '../../../ir/index.ts';

/** log Σ exp of each row, around its largest; −∞ where all are. */
export function logOfSum(logs: Value): Value {
  const top = ops.largest(logs);
  const centre = ops.where(ops.equal(top, -Infinity), ops.constant([0]), top);
  return ops.add(ops.logarithm(ops.sum(ops.exponential(ops.subtract(logs, centre)))), centre);
}

/** Probabilities of joint log likelihoods, as the library takes them: exp(log likelihood − log Σ exp). */
export function posterior(joint: Value): Value {
  return ops.exponential(ops.subtract(joint, logOfSum(joint)));
}
