import { ops, type Value } from '../../../ir/index.ts';

/** Sums over the pairs (i, j) of classes: `first` times what belongs to i, `second` times what belongs to j. */
function perClass(pairs: Value, classes: number, first: number, second: number, bias?: Float64Array): Value {
  const list = ops.pairsOf(classes);
  const weights = new Float64Array(classes * list.length);
  list.forEach(([i, j], at) => {
    weights[i * list.length + at] = first;
    weights[j * list.length + at] = second;
  });
  return ops.linear(pairs, weights, bias);
}

/** Votes of the pairwise decisions: for i where `isFirst`, else for j. */
function votes(isFirst: Value, classes: number): Value {
  const asSecond = Float64Array.from({ length: classes }, (_, c) => c); // class c is j in c pairs
  return perClass(ops.cast(isFirst, 'float64'), classes, 1, -1, asSecond);
}

/** libsvm's decision: most votes, of equals the first. A decision of exactly 0 is a vote for the second class. */
export function mostVotes(decisions: Value, classes: number): Value {
  return ops.positionOfLargest(votes(ops.greater(decisions, 0), classes));
}

/**
 * `_ovr_decision_function`: votes plus the sum of confidences s / (3 (|s| + 1)), which only breaks ties.
 *
 * Here a decision of exactly 0 is a vote for the first class.
 */
export function oneVsRestScores(decisions: Value, classes: number): Value {
  const confidences = perClass(decisions, classes, 1, -1);
  const bounded = ops.divide(confidences, ops.multiply(ops.add(ops.absolute(confidences), 1), 3));
  return ops.add(votes(ops.greaterOrEqual(decisions, 0), classes), bounded);
}
