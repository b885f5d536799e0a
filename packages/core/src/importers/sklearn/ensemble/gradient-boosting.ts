import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Classes } from '../../model/prediction.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import { NdArray, type Fitted } from '../fitted.ts';
import { bothClasses, sigmoid } from '../linear/scores.ts';
import { ensembleOf, estimatorsOf, readTree, treeInput, withLeaves } from '../tree/tree.ts';
import { initialScores, type Start } from './initial-scores.ts';

/** Initial score + Σ learning_rate · leaf, stage by stage; one tree per class and stage for several classes. */
export const gradientBoostingClassifier: Converter = {
  types: ['sklearn.ensemble._gb.GradientBoostingClassifier'],
  became: 'trees in flat tables, sigmoid or softmax',
  exactness: '1e-12',
  state,

  predict(fitted, input, context) {
    const classes = fitted.classes();
    const scores = rawScores(fitted, input, context, classes);
    const exponential = fitted.text('loss', 'log_loss') === 'exponential';
    const probabilities =
      scores.width > 1 ? ops.softmax(scores) : bothClasses(sigmoid(exponential ? ops.multiply(scores, 2) : scores));
    // Losses before 1.4 compared probabilities, except the exponential one.
    const byProbability = !fitted.since(1, 4) && !exponential;
    const position = byProbability
      ? ops.positionOfLargest(probabilities)
      : scores.width > 1
        ? ops.positionOfLargest(scores)
        : ops.cast(ops.greaterOrEqual(scores, 0), 'int64');
    return { kind: 'classifier', classes, position, scores, probabilities };
  },
};

/** All losses have the identity as their link. */
export const gradientBoostingRegressor: Converter = {
  types: ['sklearn.ensemble._gb.GradientBoostingRegressor'],
  became: 'trees in flat tables',
  exactness: 'bit-exact',
  state,
  predict: (fitted, input, context) => ({
    kind: 'regressor',
    value: rawScores(fitted, input, context, undefined),
    single: true,
  }),
};

function state(fitted: Fitted): string {
  const { stages, perStage } = shapeOf(fitted);
  return `${stages} stages${perStage > 1 ? ` of ${perStage} trees` : ''}, learning_rate=${fitted.number('learning_rate')}`;
}

/** Early stopping has cut `estimators_` already. */
function shapeOf(fitted: Fitted): { stages: number; perStage: number } {
  const grid = fitted.raw('estimators_');
  const [stages, perStage] = grid instanceof NdArray ? grid.shape : [];
  if (!stages || !perStage) throw fitted.wrong('estimators_', 'a table of trees');
  return { stages, perStage };
}

function rawScores(fitted: Fitted, input: Features, context: Context, classes: Classes | undefined): Value {
  const { perStage } = shapeOf(fitted);
  if (classes && perStage !== (classes.labels.length === 2 ? 1 : classes.labels.length)) {
    throw fitted.wrong('estimators_', `trees for ${classes.labels.length} classes`);
  }
  const rate = fitted.number('learning_rate');
  const trees = estimatorsOf(fitted).map((member, i) => {
    const tree = readTree(context.fitted(member, `estimators_.${i}`), context);
    if (tree.outputs !== 1) throw fitted.wrong('estimators_', 'regression trees');
    return withLeaves(tree, 1, (node, out, at) => (out[at] = rate * (tree.values[node] as number)));
  });
  // Gradient boosting itself refuses missing values, although its trees might take them.
  const x = treeInput(input, false);
  const ensemble = ensembleOf(trees, input.width);
  const start: Start = initialScores(fitted, x, input.names, context, perStage);
  if ('constant' in start) return ops.forest(x, ensemble, { base: start.constant, turns: perStage });
  return ops.sumOfRounds(ops.concat([start.value, ops.eachTree(x, ensemble)]), perStage);
}
