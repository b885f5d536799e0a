import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Classifier } from '../../model/prediction.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import { asNumber, PyDict, PyGlobal, PyObject, scalarOf, type Fitted, type Plain } from '../fitted.ts';

/** A classifier of two classes that decides by a given threshold on the probability or score of the positive class. */
export const fixedThresholdClassifier: Converter = {
  types: ['sklearn.model_selection._classification_threshold.FixedThresholdClassifier'],
  became: 'its classifier, another threshold',
  exactness: 'bit-exact',
  state: (fitted) => `threshold=${fitted.raw('threshold') === 'auto' ? 'auto' : fitted.number('threshold')}`,

  predict(fitted, input, context) {
    const threshold = fitted.raw('threshold') === 'auto' ? undefined : fitted.number('threshold');
    return decide(fitted, input, context, threshold, fitted.raw('pos_label'));
  },
};

/** The same with the threshold that cross-validation found. */
export const tunedThresholdClassifier: Converter = {
  types: ['sklearn.model_selection._classification_threshold.TunedThresholdClassifierCV'],
  became: 'its classifier, another threshold',
  exactness: 'bit-exact',
  state: (fitted) => `threshold=${fitted.number('best_threshold_')}`,
  predict: (fitted, input, context) =>
    decide(fitted, input, context, fitted.number('best_threshold_'), scoredLabel(fitted)),
};

function decide(
  fitted: Fitted,
  input: Features,
  context: Context,
  threshold: number | undefined,
  positive: Plain | undefined,
): Classifier {
  // A prefit estimator stays where it was given.
  const name = fitted.has('estimator_') ? 'estimator_' : 'estimator';
  const inner = context.member(fitted.raw(name), input, name);
  if (inner.kind !== 'classifier' || inner.classes.labels.length !== 2)
    throw fitted.wrong(name, 'a classifier of two classes');
  const at = positive === undefined || positive === null ? 1 : placeOf(inner, positive, fitted);
  const { score, auto } = scoreOf(fitted, inner, at);
  const isPositive = ops.cast(ops.greaterOrEqual(score, threshold ?? auto), 'int64');
  const position = at === 1 ? isPositive : ops.subtract(ops.constant([1], 'int64'), isPositive);
  return { ...inner, position };
}

/** What is compared, and the threshold that 'auto' stands for. */
function scoreOf(fitted: Fitted, { probabilities, scores }: Classifier, at: number): { score: Value; auto: number } {
  const method = fitted.text('response_method', 'auto');
  if (probabilities && method !== 'decision_function') return { score: ops.select(probabilities, [at]), auto: 0.5 };
  if (scores && method !== 'predict_proba') return { score: at === 1 ? scores : ops.negate(scores), auto: 0 };
  throw fitted.wrong(
    'estimator_',
    `a classifier with ${method === 'auto' ? 'predict_proba or decision_function' : method}`,
  );
}

function placeOf({ classes }: Classifier, label: Plain, fitted: Fitted): number {
  const wanted = scalarOf(label);
  const place = classes.labels.findIndex(
    (known) => known === wanted || (typeof known !== 'string' && Number(known) === asNumber(label)),
  );
  if (place < 0) throw fitted.wrong('pos_label', 'one of the classes');
  return place;
}

/** Scores of scikit-learn whose `pos_label` is 1 unless it was given. */
const POSITIVE_IS_ONE: ReadonlySet<string> = new Set([
  'precision_score',
  'recall_score',
  'f1_score',
  'fbeta_score',
  'jaccard_score',
  'average_precision_score',
]);

/** The positive class of the score that the threshold was tuned for; undefined where the score has none. */
function scoredLabel(fitted: Fitted): Plain | undefined {
  const scorer = fitted.raw('_curve_scorer');
  if (!(scorer instanceof PyObject)) return undefined;
  const given = scorer.attr('_kwargs');
  const label = given instanceof PyDict ? given.get('pos_label') : undefined;
  if (label !== undefined) return label;
  const score = scorer.attr('_score_func');
  return score instanceof PyGlobal && POSITIVE_IS_ONE.has(score.name) ? 1 : undefined;
}
