import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { asNumber, itemsOf, type Fitted } from '../fitted.ts';
import { numpySum } from '../tree/numpy-sum.ts';
import { estimatorsOf } from '../tree/tree.ts';
import { areAll, classifierMember, placed, placesByCode, regressorMember, total, vote } from './members.ts';

/**
 * `soft`: the (weighted) average of the members' probabilities; `hard`: the class with the most (weighted) votes, the
 * first of equals. `transform` shows the members' answers side by side.
 */
export const votingClassifier: Converter = {
  types: ['sklearn.ensemble._voting.VotingClassifier'],
  became: 'votes of its members',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} estimators, ${fitted.text('voting', 'hard')} voting`,

  predict(fitted, input, context) {
    const classes = fitted.has('classes_') ? fitted.classes() : context.fitted(fitted.object_('le_'), 'le_').classes();
    const count = classes.labels.length;
    const members = estimatorsOf(fitted).map((estimator, i) =>
      classifierMember(fitted, estimator, input, context, `estimators_.${i}`),
    );
    const places = members.map((member) => placesByCode(member.classes, count, fitted));
    const weights = weightsOf(fitted, members.length);
    if (fitted.text('voting', 'hard') === 'soft') {
      const blocks = members.map(({ probabilities }, i) => {
        if (!probabilities || !areAll(places[i] as number[], count))
          throw fitted.wrong('estimators_', 'classifiers with a probability for each class');
        return probabilities;
      });
      const probabilities = average(blocks, weights);
      const transformed = fitted.flag('flatten_transform', true) ? ops.concat(blocks) : undefined;
      return {
        kind: 'classifier',
        classes,
        position: ops.positionOfLargest(probabilities),
        probabilities,
        transformed,
      };
    }
    const votes = members.map(({ position }, i) =>
      weighted(vote(position, places[i] as number[], count), weights?.[i]),
    );
    const codes = members.map(({ position }, i) => ops.cast(placed(position, places[i] as number[], count), 'float64'));
    return {
      kind: 'classifier',
      classes,
      position: ops.positionOfLargest(total(votes)),
      transformed: ops.concat(codes),
    };
  },
};

/** The (weighted) average of the members' predictions, which are what `transform` shows. */
export const votingRegressor: Converter = {
  types: ['sklearn.ensemble._voting.VotingRegressor'],
  became: 'average of its members',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} estimators`,

  predict(fitted, input, context) {
    const values = estimatorsOf(fitted).map(
      (estimator, i) => regressorMember(fitted, estimator, input, context, `estimators_.${i}`).value,
    );
    return {
      kind: 'regressor',
      value: average(values, weightsOf(fitted, values.length)),
      single: true,
      transformed: ops.concat(values),
    };
  },
};

/** As np.average: Σ x·w / Σ w, or Σ x / n. */
function average(blocks: readonly Value[], weights: Float64Array | undefined): Value {
  if (!weights) return ops.divide(total(blocks), blocks.length);
  return ops.divide(total(blocks.map((block, i) => weighted(block, weights[i]))), numpySum(weights));
}

function weighted(x: Value, weight: number | undefined): Value {
  return weight === undefined ? x : ops.multiply(x, weight);
}

/** Weights of the estimators that were not dropped. */
function weightsOf(fitted: Fitted, members: number): Float64Array | undefined {
  const weights = itemsOf(fitted.raw('weights'))?.map(asNumber);
  if (!weights) return undefined;
  const dropped = fitted
    .list('estimators')
    .map((entry) => itemsOf(entry)?.[1] === 'drop' || itemsOf(entry)?.[1] === null);
  const kept = weights.filter((_, i) => !dropped[i]);
  if (kept.length !== members || kept.includes(undefined)) throw fitted.wrong('weights', `${members} numbers`);
  return Float64Array.from(kept as number[]);
}
