import { ops, type Value } from '../../../ir/index.ts';
import type { Prediction } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { bothClasses } from '../linear/scores.ts';
import { estimatorsOf } from '../tree/tree.ts';
import { binaryMember, type Binary } from './binary.ts';

/**
 * One yes/no estimator per class: the most confident one wins. With multilabel targets each answers for itself.
 */
export const oneVsRest: Converter = {
  types: ['sklearn.multiclass.OneVsRestClassifier'],
  became: 'its estimators, the most confident one',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} estimators`,

  predict(fitted, input, context): Prediction {
    const members = estimatorsOf(fitted).map((estimator, i) =>
      binaryMember(fitted, estimator, input, context, `estimators_.${i}`),
    );
    const kind = context.fitted(fitted.object_('label_binarizer_'), 'label_binarizer_').text('y_type_');
    const probability = all(members.map((member) => member.probability));
    const decision = all(members.map((member) => member.decision));
    const confidence = all(members.map((member) => member.confidence)) as Value;
    const threshold = members[0]?.threshold ?? 0;
    if (kind.startsWith('multilabel')) {
      const labels = ops.cast(ops.greater(confidence, threshold), 'int64');
      return { kind: 'multilabel', labels, probabilities: probability, scores: decision };
    }
    const classes = fitted.classes();
    const position =
      kind === 'multiclass' ? winner(fitted, confidence) : ops.cast(ops.greater(confidence, threshold), 'int64');
    const both = probability && (members.length === 1 ? bothClasses(probability) : probability);
    return { kind: 'classifier', classes, position, scores: decision, probabilities: both && normalised(fitted, both) };
  },
};

function all(values: readonly Binary['decision'][]): Value | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === values.length ? ops.concat(present) : undefined;
}

/** Of equally confident ones the last won until 1.7, from 1.8 on the first. */
function winner(fitted: Fitted, confidence: Value): Value {
  if (fitted.since(1, 8)) return ops.positionOfLargest(confidence);
  const last = confidence.width - 1;
  const backwards = ops.select(
    confidence,
    Array.from({ length: confidence.width }, (_, k) => last - k),
  );
  return ops.subtract(ops.constant([last], 'int64'), ops.positionOfLargest(backwards));
}

/** Divided by their sum; until 1.6 a row of zeros became NaN, from 1.7 on it stays. */
function normalised(fitted: Fitted, p: Value): Value {
  const sum = ops.sum(p);
  return fitted.since(1, 7) ? ops.divide(p, ops.where(ops.equal(sum, 0), 1, sum)) : ops.divide(p, sum);
}
