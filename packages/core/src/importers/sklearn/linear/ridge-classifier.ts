import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { decisionPosition, scoresOf } from './scores.ts';

/** Classifiers by regression on ±1: the sign or the largest of the scores; multilabel is a sign per label. */
export const ridgeClassifier: Converter = {
  types: ['sklearn.linear_model._ridge.RidgeClassifier', 'sklearn.linear_model._ridge.RidgeClassifierCV'],
  became: 'matrix product, largest score',
  exactness: '1e-12',

  predict(fitted, input, context) {
    const binarizer = context.fitted(fitted.object_('_label_binarizer'), '_label_binarizer');
    const classes = binarizer.classes();
    const scores = scoresOf(fitted, input, classes.labels.length);
    if (binarizer.text('y_type_').startsWith('multilabel')) {
      return { kind: 'multilabel', labels: ops.cast(ops.greater(scores, 0), 'int64'), scores };
    }
    return { kind: 'classifier', classes, position: decisionPosition(scores), scores };
  },
};
