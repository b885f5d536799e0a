import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import { numbersOf, type Fitted, type PyObject } from '../fitted.ts';
import { treeTakesMissing } from '../tree/missing.ts';
import {
  ensembleOf,
  estimatorsOf,
  fractions,
  isTree,
  onColumns,
  readTree,
  treeInput,
  type FittedTree,
} from '../tree/tree.ts';
import { columnsOf } from './columns.ts';
import { classifierMember, placesByCode, regressorMember, someColumns, spread, total, vote } from './members.ts';

/**
 * Probabilities averaged over the members, each of which sees its own columns; members without probabilities give a
 * whole vote. `decision_function` is the average of the members'.
 */
export const baggingClassifier: Converter = {
  types: [
    'sklearn.ensemble._bagging.BaggingClassifier',
    'imblearn.ensemble._bagging.BalancedBaggingClassifier',
    'imblearn.ensemble._easy_ensemble.EasyEnsembleClassifier',
  ],
  became: 'average of its members',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} estimators`,
  columns: columnsOf,

  predict(fitted, input, context) {
    const classes = fitted.classes();
    const count = classes.labels.length;
    const members = membersOf(fitted, input);
    const size = fitted.number('n_estimators', members.length);
    if (members.every(({ estimator }) => isTree(estimator))) {
      const sum = sumOfTrees(members, input, context, (tree, own) => {
        const places = placesByCode(own.classes(), count, fitted);
        if (tree.outputs !== places.length) throw own.wrong('classes_', `${tree.outputs} labels`);
        return spreadLeaves(fractions(tree, tree.outputs), places, count);
      });
      const probabilities = ops.divide(sum, size);
      return { kind: 'classifier', classes, position: ops.positionOfLargest(probabilities), probabilities };
    }
    const answers = members.map(({ estimator, columns, path }) =>
      classifierMember(fitted, estimator, someColumns(input, columns), context, path),
    );
    const shares = answers.map((answer) => {
      const places = placesByCode(answer.classes, count, fitted);
      return answer.probabilities ? spread(answer.probabilities, places, count) : vote(answer.position, places, count);
    });
    const probabilities = ops.divide(total(shares), size);
    const scores = answers.map((answer) => answer.scores).filter((score) => score !== undefined);
    return {
      kind: 'classifier',
      classes,
      position: ops.positionOfLargest(probabilities),
      probabilities,
      // The library adds them up as they are, which works when every member saw every class.
      scores:
        scores.length === members.length && scores.every((score) => score.width === scores[0]?.width)
          ? ops.divide(total(scores), size)
          : undefined,
    };
  },
};

/** Predictions averaged over the members. */
export const baggingRegressor: Converter = {
  types: ['sklearn.ensemble._bagging.BaggingRegressor'],
  became: 'average of its members',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} estimators`,
  columns: columnsOf,

  predict(fitted, input, context) {
    const members = membersOf(fitted, input);
    const sum = members.every(({ estimator }) => isTree(estimator))
      ? sumOfTrees(members, input, context, (tree) => tree)
      : total(
          members.map(
            ({ estimator, columns, path }) =>
              regressorMember(fitted, estimator, someColumns(input, columns), context, path).value,
          ),
        );
    const value = ops.divide(sum, fitted.number('n_estimators', members.length));
    return { kind: 'regressor', value, single: value.width === 1 };
  },
};

interface Member {
  readonly estimator: PyObject;
  readonly columns: readonly number[];
  readonly path: string;
}

function membersOf(fitted: Fitted, input: Features): Member[] {
  const subsets = fitted.list('estimators_features_');
  return estimatorsOf(fitted).map((estimator, i) => {
    const columns = numbersOf(subsets[i])?.data;
    if (!columns?.every((column) => Number.isInteger(column) && column >= 0 && column < input.width)) {
      throw fitted.wrong('estimators_features_', 'columns of each estimator');
    }
    return { estimator, columns: Array.from(columns), path: `estimators_.${i}` };
  });
}

/** Sum over trees in one ensemble, which reads the columns that any of them uses. */
function sumOfTrees(
  members: readonly Member[],
  input: Features,
  context: Context,
  leaves: (tree: FittedTree, own: Fitted) => FittedTree,
): Value {
  const used = [...new Set(members.flatMap(({ columns }) => columns))].sort((a, b) => a - b);
  const at = new Map(used.map((column, position) => [column, position]));
  let takesMissing = true;
  const trees = members.map(({ estimator, columns, path }) => {
    const own = context.fitted(estimator, path);
    takesMissing &&= treeTakesMissing(own);
    return onColumns(
      leaves(readTree(own, context), own),
      columns.map((column) => at.get(column) as number),
    );
  });
  return ops.forest(treeInput(input.select(used), takesMissing), ensembleOf(trees, used.length));
}

/** Leaf fractions at the places of the ensemble's classes. */
function spreadLeaves(tree: FittedTree, places: readonly number[], count: number): FittedTree {
  const { values, outputs } = tree;
  const all = new Float64Array((values.length / outputs) * count);
  for (let node = 0; node < values.length / outputs; node++) {
    places.forEach((place, k) => (all[node * count + place] = values[node * outputs + k] as number));
  }
  return { ...tree, values: all, outputs: count };
}
