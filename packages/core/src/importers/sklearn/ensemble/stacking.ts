import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Prediction } from '../../model/prediction.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import { asNumber, type Fitted, type Plain } from '../fitted.ts';
import { estimatorsOf } from '../tree/tree.ts';
import { areAll, placesByCode } from './members.ts';

/** A final estimator over the members' answers (`stack_method_`), followed by the input itself with `passthrough`. */
export const stackingClassifier: Converter = {
  types: ['sklearn.ensemble._stacking.StackingClassifier'],
  became: 'a model of its members’ answers',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} estimators, ${fitted.object_('final_estimator_').name}`,

  predict(fitted, input, context) {
    if (Array.isArray(fitted.raw('classes_'))) {
      throw fitted.unsupported(
        'stacking for several targets',
        'Train one StackingClassifier per target, or put it into a MultiOutputClassifier.',
      );
    }
    const classes = fitted.classes();
    const stacked = stack(fitted, input, context, classes.labels.length);
    const final = context.member(fitted.raw('final_estimator_'), stacked, 'final_estimator_');
    if (
      final.kind !== 'classifier' ||
      !areAll(placesByCode(final.classes, classes.labels.length, fitted), classes.labels.length)
    ) {
      throw fitted.wrong('final_estimator_', 'a classifier of the same classes');
    }
    return { ...final, classes, transformed: shown(stacked) };
  },
};

export const stackingRegressor: Converter = {
  types: ['sklearn.ensemble._stacking.StackingRegressor'],
  became: 'a model of its members’ answers',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} estimators, ${fitted.object_('final_estimator_').name}`,

  predict(fitted, input, context) {
    const stacked = stack(fitted, input, context, 0);
    const final = context.member(fitted.raw('final_estimator_'), stacked, 'final_estimator_');
    if (final.kind !== 'regressor') throw fitted.wrong('final_estimator_', 'a regressor');
    return { ...final, transformed: shown(stacked) };
  },
};

function stack(fitted: Fitted, input: Features, context: Context, classes: number): Features {
  const methods = fitted.list('stack_method_');
  const blocks = estimatorsOf(fitted).map((estimator, i) => {
    const path = `estimators_.${i}`;
    return answer(fitted, path, methods[i], context.member(estimator, input, path), classes);
  });
  const answers = new Features(blocks);
  return fitted.flag('passthrough', false) ? Features.join([answers, input]) : answers;
}

/** What a member adds; of two probabilities only the second. */
function answer(
  fitted: Fitted,
  path: string,
  method: Plain | undefined,
  prediction: Prediction,
  classes: number,
): Value {
  if (prediction.kind === 'classifier') {
    const { probabilities, scores, position } = prediction;
    if (method === 'predict_proba' && probabilities)
      return classes === 2 ? ops.select(probabilities, [1]) : probabilities;
    if (method === 'decision_function' && scores) return scores;
    const labels = prediction.classes.labels.map((label) => asNumber(label));
    if (method === 'predict' && !labels.includes(undefined))
      return ops.tableRow(position, Float64Array.from(labels as number[]), 1);
  }
  if (prediction.kind === 'regressor' && method === 'predict') return prediction.value;
  throw fitted.unsupported(
    `${path} that gives a ${prediction.kind}'s answer to ${fitted.name}`,
    'Stack classifiers or regressors of one target that have probabilities, a decision function or numeric predictions.',
  );
}

/** `transform`: the stacked columns, when all are numbers. */
function shown(stacked: Features): Value | undefined {
  const kinds = Array.from({ length: stacked.width }, (_, i) => stacked.kind(i));
  return kinds.every((kind) => kind === 'number') ? stacked.numbers() : undefined;
}
