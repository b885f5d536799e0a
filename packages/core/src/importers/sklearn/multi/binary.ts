import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import { asNumber, itemsOf, PyObject, type Fitted, type Plain } from '../fitted.ts';

/** What one of many yes/no estimators answers, as `multiclass.py` asks for it. */
export interface Binary {
  /** How sure it is: a regressor's prediction, else the decision function, else the probability of yes. */
  readonly confidence: Value;
  readonly probability: Value | undefined;
  readonly decision: Value | undefined;
  /** The predicted number: 0 or 1 of a classifier. */
  readonly prediction: Value;
  /** Above it the answer is yes. */
  readonly threshold: number;
}

const CONSTANT = 'sklearn.multiclass._ConstantPredictor';

export function binaryMember(
  fitted: Fitted,
  estimator: Plain,
  input: Features,
  context: Context,
  name: string,
): Binary {
  if (estimator instanceof PyObject && estimator.path === CONSTANT)
    return constant(context.fitted(estimator, name), input);
  const answer = context.member(estimator, input, name);
  if (answer.kind === 'regressor' && answer.value.width === 1) {
    return {
      confidence: answer.value,
      probability: undefined,
      decision: undefined,
      prediction: answer.value,
      threshold: 0.5,
    };
  }
  if (answer.kind !== 'classifier' || answer.classes.labels.length !== 2)
    throw fitted.wrong('estimators_', 'classifiers of two classes, or regressors');
  const { scores, probabilities, position, classes } = answer;
  const probability = probabilities && ops.select(probabilities, [1]);
  const confidence = scores ?? probability;
  if (!confidence) throw fitted.wrong('estimators_', 'classifiers with decision_function or predict_proba');
  const prediction = ops.tableRow(position, Float64Array.from(classes.labels, Number), 1);
  return { confidence, probability, decision: scores, prediction, threshold: scores ? 0 : 0.5 };
}

/** Training rows of one class only: the same answer always. It is no classifier to the library, so 0.5 decides. */
function constant(fitted: Fitted, input: Features): Binary {
  const label = asNumber(itemsOf(fitted.raw('y_'))?.[0]);
  if (label === undefined) throw fitted.wrong('y_', 'one number');
  const value = ops.repeat([label], input.kind(0) === 'text' ? input.text(0) : input.number(0));
  return { confidence: value, probability: value, decision: value, prediction: value, threshold: 0.5 };
}
