import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Classes, Classifier } from '../../model/prediction.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import { PyObject, type Fitted } from '../fitted.ts';
import { placesByLabel, spread, total } from '../ensemble/members.ts';
import { bothClasses, shares } from '../linear/scores.ts';
import { calibrate } from './calibrators.ts';

/**
 * Calibrated probabilities of each fold's classifier (or of one, with `ensemble=False` or a prefit estimator), averaged.
 *
 * What is calibrated is the decision function where there is one, else the probabilities.
 */
export const calibratedClassifier: Converter = {
  types: ['sklearn.calibration.CalibratedClassifierCV'],
  became: 'its classifiers, calibrated',
  exactness: '1e-12',
  state: (fitted) =>
    `${fitted.list('calibrated_classifiers_').length} classifiers, method=${fitted.text('method', 'sigmoid')}`,

  predict(fitted, input, context): Classifier {
    const classes = fitted.classes();
    const members = fitted.list('calibrated_classifiers_').map((member, i) => {
      if (!(member instanceof PyObject)) throw fitted.wrong('calibrated_classifiers_', 'fitted classifiers');
      return memberProbabilities(context.fitted(member, `calibrated_classifiers_.${i}`), input, context, classes);
    });
    if (!members.length) throw fitted.wrong('calibrated_classifiers_', 'fitted classifiers');
    const probabilities = ops.divide(total(members), members.length);
    return { kind: 'classifier', classes, position: ops.positionOfLargest(probabilities), probabilities };
  },
};

/** Probabilities of a `_CalibratedClassifier`. */
function memberProbabilities(fitted: Fitted, input: Features, context: Context, classes: Classes): Value {
  // Renamed from base_estimator in 1.2.
  const name = fitted.has('estimator') ? 'estimator' : 'base_estimator';
  const inner = context.member(fitted.raw(name), input, name);
  if (inner.kind !== 'classifier') throw fitted.wrong(name, 'a classifier');
  const calibrators = fitted.list(fitted.has('calibrators') ? 'calibrators' : 'calibrators_').map((item, i) => {
    if (!(item instanceof PyObject)) throw fitted.wrong('calibrators', 'fitted calibrators');
    return context.fitted(item, `calibrators.${i}`);
  });
  if (fitted.text('method', 'sigmoid') === 'temperature') return below(temperature(fitted, calibrators, inner));
  const count = classes.labels.length;
  const response = responseOf(fitted, inner, count);
  const places = placesByLabel(inner.classes, classes, fitted);
  const calibrated = calibrators
    .slice(0, Math.min(response.width, places.length))
    .map((calibrator, k) => calibrate(calibrator, ops.select(response, [k])));
  if (!calibrated.length) throw fitted.wrong('calibrators', 'a calibrator for each class');
  if (count === 2) return below(bothClasses(calibrated[0] as Value));
  // Rows for which every calibrator says zero get equal shares.
  return below(shares(spread(ops.concat(calibrated), places.slice(0, calibrated.length), count)));
}

/** One column per class; of two classes only the second. Before 1.4 the whole model's classes were counted. */
function responseOf(fitted: Fitted, { scores, probabilities, classes }: Classifier, count: number): Value {
  if (scores) return scores;
  if (!probabilities) throw fitted.wrong('estimator', 'a classifier with decision_function or predict_proba');
  const known = fitted.since(1, 4) ? classes.labels.length : count;
  return known === 2 ? ops.select(probabilities, [1]) : probabilities;
}

/** softmax(β · logits) since 1.8: logits are log p, or the decision function (−d and d for two classes). */
function temperature(fitted: Fitted, [calibrator]: readonly Fitted[], { scores, probabilities }: Classifier): Value {
  if (!calibrator) throw fitted.wrong('calibrators', 'one calibrator');
  const logits = () => {
    if (scores) return scores.width === 1 ? ops.concat([ops.negate(scores), scores]) : scores;
    if (probabilities)
      return ops.logarithm(
        ops.add(probabilities.width === 2 ? bothClasses(ops.select(probabilities, [1])) : probabilities, 1e-12),
      );
    throw fitted.wrong('estimator', 'a classifier with decision_function or predict_proba');
  };
  return ops.softmax(ops.multiply(logits(), calibrator.number('beta_')));
}

/** Rounding may carry a probability a little above 1. */
function below(p: Value): Value {
  const slightly = ops.and(ops.greater(p, 1), ops.lessOrEqual(p, 1 + 1e-5));
  return ops.where(slightly, 1, p);
}
