import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { estimatorsOf } from '../tree/tree.ts';
import { binaryMember } from './binary.ts';

/** One estimator per pair of classes: votes, and the confidences (squeezed below ⅓) between equal votes. */
export const oneVsOne: Converter = {
  types: ['sklearn.multiclass.OneVsOneClassifier'],
  became: 'votes of its estimators',
  exactness: '1e-12',
  state: (fitted) => `${fitted.list('estimators_').length} estimators`,

  predict(fitted, input, context) {
    const classes = fitted.classes();
    const count = classes.labels.length;
    if (fitted.has('pairwise_indices_')) {
      throw fitted.unsupported(
        'one-vs-one over a precomputed kernel',
        'Use a kernel that the estimator computes itself.',
      );
    }
    const members = estimatorsOf(fitted).map((estimator, i) =>
      binaryMember(fitted, estimator, input, context, `estimators_.${i}`),
    );
    const pairs = Array.from({ length: count }, (_, i) =>
      Array.from({ length: count - i - 1 }, (__, k) => [i, i + k + 1] as const),
    ).flat();
    if (pairs.length !== members.length)
      throw fitted.wrong('estimators_', `${pairs.length} estimators for ${count} classes`);
    const predictions = ops.concat(members.map((member) => member.prediction));
    const first = ops.cast(ops.equal(predictions, 0), 'float64');
    const second = ops.cast(ops.equal(predictions, 1), 'float64');
    const votes = ops.linear(
      ops.concat([first, second]),
      matrix(count, [...pairs.map(([i]) => [i, 1] as const), ...pairs.map(([, j]) => [j, 1] as const)]),
    );
    const confidences = ops.concat(members.map((member) => member.confidence));
    const sums = ops.linear(
      ops.concat([confidences, confidences]),
      matrix(count, [...pairs.map(([i]) => [i, -1] as const), ...pairs.map(([, j]) => [j, 1] as const)]),
    );
    const squeezed = ops.divide(sums, ops.multiply(ops.add(ops.absolute(sums), 1), 3));
    const all = ops.add(votes, squeezed);
    if (count > 2) return { kind: 'classifier', classes, position: ops.positionOfLargest(all), scores: all };
    const scores = ops.select(all, [1]);
    // 1.0 and before compared with 0 whatever the estimators were.
    const threshold = fitted.since(1, 1) ? (members[0]?.threshold ?? 0) : 0;
    return { kind: 'classifier', classes, position: ops.cast(ops.greater(scores, threshold), 'int64'), scores };
  },
};

/** `[classes, columns]` with one entry per column. */
function matrix(count: number, columns: readonly (readonly [row: number, weight: number])[]): Float64Array {
  const weights = new Float64Array(count * columns.length);
  columns.forEach(([row, weight], column) => (weights[row * columns.length + column] = weight));
  return weights;
}
