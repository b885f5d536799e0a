import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { checkedInput } from '../ensemble/members.ts';
import { estimatorsOf } from '../tree/tree.ts';
import { binaryMember } from './binary.ts';

/** The class whose row of `code_book_` is nearest to the estimators' confidences. */
export const outputCode: Converter = {
  types: ['sklearn.multiclass.OutputCodeClassifier'],
  became: 'its estimators, the nearest code',
  exactness: '1e-12',
  state: (fitted) => `${fitted.list('estimators_').length} estimators`,

  predict(fitted, input, context) {
    const classes = fitted.classes();
    const { shape, data: book } = fitted.array('code_book_');
    const [rows = 0, bits = 0] = shape;
    // 0.24 checked the input before the estimators saw it.
    const features = fitted.since(1, 0) ? input : checkedInput(input);
    const members = estimatorsOf(fitted).map((estimator, i) =>
      binaryMember(fitted, estimator, features, context, `estimators_.${i}`),
    );
    if (rows !== classes.labels.length || bits !== members.length)
      throw fitted.wrong('code_book_', `${classes.labels.length} codes`);
    const confidences = ops.concat(members.map((member) => member.confidence));
    // |y − c|² without |y|², which is the same for all codes.
    const norms = Float64Array.from({ length: rows }, (_, k) =>
      book.subarray(k * bits, (k + 1) * bits).reduce((sum, bit) => sum + bit * bit, 0),
    );
    const distances = ops.linear(
      confidences,
      book.map((bit) => -2 * bit),
      norms,
    );
    return { kind: 'classifier', classes, position: ops.positionOfSmallest(distances) };
  },
};
