import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Classes, Classifier } from '../../model/prediction.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { numpySum } from '../tree/numpy-sum.ts';
import {
  ensembleOf,
  estimatorsOf,
  fractions,
  isTree,
  largestAt,
  readTree,
  treeInput,
  withLeaves,
  type FittedTree,
} from '../tree/tree.ts';
import { checkedInput, classifierMember, placesByLabel, spread, total, vote, type Places } from './members.ts';

/** Smallest probability whose logarithm SAMME.R takes: the distance from 1 to the next float64. */
const EPSILON = 2 ** -52;

/**
 * Weighted votes of classifiers (SAMME), or their log-probabilities (SAMME.R, until 1.5), divided by the sum of weights.
 *
 * Until 1.2 a vote counted w for its class and 0 for the others, from 1.3 on −w/(K − 1). Of two classes the decision is
 * the difference of both columns.
 */
export const adaBoostClassifier: Converter = {
  types: [
    'sklearn.ensemble._weight_boosting.AdaBoostClassifier',
    'imblearn.ensemble._weight_boosting.RUSBoostClassifier',
  ],
  became: 'votes summed',
  exactness: '1e-12',
  state: (fitted) => `${fitted.list('estimators_').length} estimators, ${fitted.text('algorithm', 'SAMME')}`,

  predict(fitted, input, context): Classifier {
    const classes = fitted.classes();
    const count = classes.labels.length;
    if (count < 2)
      throw fitted.unsupported('a classifier of a single class', 'Train on data with two classes or more.');
    const voted = isRealBoosting(fitted, context)
      ? logProbabilities(fitted, input, context, classes)
      : votes(fitted, input, context, classes);
    const decision = ops.divide(voted, numpySum(fitted.vector('estimator_weights_')));
    if (count > 2) {
      const probabilities = ops.softmax(ops.divide(decision, count - 1));
      return {
        kind: 'classifier',
        classes,
        position: ops.positionOfLargest(decision),
        scores: decision,
        probabilities,
      };
    }
    const scores = ops.subtract(ops.select(decision, [1]), ops.select(decision, [0]));
    const probabilities = ops.softmax(ops.divide(ops.concat([ops.negate(scores), scores]), 2));
    return { kind: 'classifier', classes, position: ops.cast(ops.greater(scores, 0), 'int64'), scores, probabilities };
  },
};

/** SAMME.R was the default until 1.5 and is gone from 1.6 on. */
function isRealBoosting(fitted: Fitted, context: Context): boolean {
  return !versionOf(fitted, context).since(1, 6) && fitted.text('algorithm', 'SAMME.R') === 'SAMME.R';
}

/** Classes of other libraries do not say their scikit-learn's version; their members do. */
function versionOf(fitted: Fitted, context: Context): Fitted {
  const [first] = estimatorsOf(fitted);
  return fitted.has('_sklearn_version') || !first ? fitted : context.fitted(first, 'estimators_.0');
}

function votes(fitted: Fitted, input: Features, context: Context, classes: Classes): Value {
  const count = classes.labels.length;
  const weights = fitted.vector('estimator_weights_');
  const others = versionOf(fitted, context).since(1, 3) ? -1 / (count - 1) : 0;
  const row = (t: number, place: number): number[] => {
    const weight = weights[t] ?? 0;
    return Array.from({ length: count }, (_, k) => (k === place ? weight : others * weight));
  };
  const members = estimatorsOf(fitted);
  if (members.every(isTree)) {
    return trees(fitted, input, context, classes, (tree, places, node, t) =>
      row(t, places[largestAt(tree.values, node * tree.outputs, tree.outputs)] as number),
    );
  }
  const checked = checkedInput(input);
  const blocks = members.map((member, t) => {
    const { position, classes: own } = classifierMember(fitted, member, checked, context, `estimators_.${t}`);
    const chosen = vote(position, placesByLabel(own, classes, fitted), count);
    const weight = weights[t] ?? 0;
    return ops.where(ops.equal(chosen, 1), ops.constant([weight]), ops.constant([others * weight]));
  });
  return total(blocks);
}

/** (K − 1)(log p − mean of log p) of each member; a class that a member does not know is not foreseen by the library. */
function logProbabilities(fitted: Fitted, input: Features, context: Context, classes: Classes): Value {
  const count = classes.labels.length;
  const members = estimatorsOf(fitted);
  if (members.every(isTree)) {
    return trees(fitted, input, context, classes, (tree, places, node) => {
      const logs = new Float64Array(count).fill(Math.log(EPSILON));
      places.forEach(
        (place, k) => (logs[place] = Math.log(Math.max(tree.values[node * tree.outputs + k] as number, EPSILON))),
      );
      const mean = (1 / count) * numpySum(logs);
      return Array.from(logs, (log) => (count - 1) * (log - mean));
    });
  }
  const checked = checkedInput(input);
  const blocks = members.map((member, t) => {
    const { probabilities, classes: own } = classifierMember(fitted, member, checked, context, `estimators_.${t}`);
    if (!probabilities) throw fitted.wrong('estimators_', 'classifiers with probabilities');
    const all = spread(probabilities, placesByLabel(own, classes, fitted), count);
    const logs = ops.logarithm(ops.maximum(all, EPSILON));
    return ops.multiply(ops.subtract(logs, ops.multiply(ops.sum(logs), 1 / count)), count - 1);
  });
  return total(blocks);
}

/** One ensemble of all trees, with what `leaf` says at their leaves. */
function trees(
  fitted: Fitted,
  input: Features,
  context: Context,
  classes: Classes,
  leaf: (tree: FittedTree, places: Places, node: number, t: number) => readonly number[],
): Value {
  const members = estimatorsOf(fitted).map((member, t) => {
    const own = context.fitted(member, `estimators_.${t}`);
    const labels = own.classes();
    const tree = readTree(own, context);
    if (tree.outputs !== labels.labels.length) throw own.wrong('classes_', `${tree.outputs} labels`);
    const shares = fractions(tree, tree.outputs);
    const places = placesByLabel(labels, classes, fitted);
    return withLeaves(shares, classes.labels.length, (node, out, at) => out.set(leaf(shares, places, node, t), at));
  });
  return ops.forest(treeInput(input, false), ensembleOf(members, input.width));
}
