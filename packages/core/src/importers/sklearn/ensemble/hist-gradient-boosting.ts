import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import { itemsOf, PyObject, type Fitted } from '../fitted.ts';
import { bothClasses, sigmoid } from '../linear/scores.ts';
import { histTrees } from './hist-trees.ts';

const MODULE = 'sklearn.ensemble._hist_gradient_boosting.gradient_boosting';

/** Baseline + Σ leaves, in float64; missing values and category sets at the splits. */
export const histGradientBoostingClassifier: Converter = {
  types: [`${MODULE}.HistGradientBoostingClassifier`],
  became: 'trees in flat tables, sigmoid or softmax',
  exactness: '1e-12',
  state,

  predict(fitted, input, context) {
    const classes = fitted.has('classes_')
      ? fitted.classes()
      : context.fitted(fitted.object_('_label_encoder'), '_label_encoder').classes();
    const trees = classes.labels.length > 2 ? classes.labels.length : 1;
    const scores = rawScores(fitted, input, context, trees);
    const probabilities = trees > 1 ? ops.softmax(scores) : bothClasses(sigmoid(scores));
    // Before 1.5 the label was that of the largest probability, later it comes from the scores.
    const byScore = trees > 1 ? ops.positionOfLargest(scores) : ops.cast(ops.greater(scores, 0), 'int64');
    const position = fitted.since(1, 5) ? byScore : ops.positionOfLargest(probabilities);
    return { kind: 'classifier', classes, position, scores, probabilities };
  },
};

/** Gamma and Poisson losses predict on a log scale. */
export const histGradientBoostingRegressor: Converter = {
  types: [`${MODULE}.HistGradientBoostingRegressor`],
  became: 'trees in flat tables',
  exactness: '1e-12',
  state: (fitted) => `${state(fitted)}, loss=${lossOf(fitted)}`,

  predict(fitted, input, context) {
    const score = rawScores(fitted, input, context, 1);
    const isLog = LOG_LOSSES.has(lossOf(fitted));
    return { kind: 'regressor', value: isLog ? ops.exponential(score) : score, single: true };
  },
};

const LOG_LOSSES: ReadonlySet<string> = new Set([
  'poisson',
  'gamma',
  'HalfPoissonLoss',
  'HalfGammaLoss',
  'HalfTweedieLoss',
  'Poisson',
]);
const IDENTITY_LOSSES: ReadonlySet<string> = new Set([
  'squared_error',
  'least_squares',
  'absolute_error',
  'least_absolute_deviation',
  'quantile',
  'HalfSquaredError',
  'AbsoluteError',
  'PinballLoss',
  'HuberLoss',
  'HalfTweedieLossIdentity',
]);

/** Name of the loss, or the class of a loss object that was given instead. */
function lossOf(fitted: Fitted): string {
  const loss = fitted.raw('loss');
  const name = loss instanceof PyObject ? loss.name : fitted.text('loss', 'squared_error');
  if (LOG_LOSSES.has(name) || IDENTITY_LOSSES.has(name)) return name;
  throw fitted.unsupported(
    `loss ${name}`,
    'Use one of the losses that scikit-learn names: squared_error, absolute_error, gamma, poisson or quantile.',
  );
}

function state(fitted: Fitted): string {
  const iterations = fitted.list('_predictors');
  const perIteration = itemsOf(iterations[0])?.length ?? 0;
  return `${iterations.length} iterations${perIteration > 1 ? ` of ${perIteration} trees` : ''}`;
}

function rawScores(fitted: Fitted, input: Features, context: Context, perIteration: number): Value {
  const { x, trees } = histTrees(fitted, input, context, perIteration);
  const base = fitted.vector('_baseline_prediction', perIteration);
  return ops.forest(x, trees, { base, turns: perIteration });
}
