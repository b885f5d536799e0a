import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { classifierMember, regressorMember } from '../ensemble/members.ts';
import { estimatorsOf } from '../tree/tree.ts';

/** One classifier per target. */
export const multiOutputClassifier: Converter = {
  types: ['sklearn.multioutput.MultiOutputClassifier'],
  became: 'its classifiers, side by side',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} targets`,

  predict(fitted, input, context) {
    return {
      kind: 'multiclassifier',
      targets: estimatorsOf(fitted).map((estimator, i) =>
        classifierMember(fitted, estimator, input, context, `estimators_.${i}`),
      ),
    };
  },
};

/** One regressor per target. */
export const multiOutputRegressor: Converter = {
  types: ['sklearn.multioutput.MultiOutputRegressor'],
  became: 'its regressors, side by side',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} targets`,

  predict(fitted, input, context) {
    const values = estimatorsOf(fitted).map(
      (estimator, i) => regressorMember(fitted, estimator, input, context, `estimators_.${i}`).value,
    );
    return { kind: 'regressor', value: ops.concat(values), single: false };
  },
};
