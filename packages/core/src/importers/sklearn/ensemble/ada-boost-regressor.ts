import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { ensembleOf, estimatorsOf, isTree, readTree, treeInput } from '../tree/tree.ts';
import { checkedInput, regressorMember } from './members.ts';

/** The weighted median of the members' predictions: the first, from the smallest up, that reaches half of the weight. */
export const adaBoostRegressor: Converter = {
  types: ['sklearn.ensemble._weight_boosting.AdaBoostRegressor'],
  became: 'weighted median',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} estimators`,

  predict(fitted, input, context) {
    const members = estimatorsOf(fitted);
    const weights = fitted.vector('estimator_weights_').slice(0, members.length);
    if (weights.length !== members.length) throw fitted.wrong('estimator_weights_', `${members.length} numbers`);
    const predictions = () => {
      if (members.every(isTree)) {
        const trees = members.map((member, t) => readTree(context.fitted(member, `estimators_.${t}`), context));
        return ops.eachTree(treeInput(input, false), ensembleOf(trees, input.width));
      }
      const checked = checkedInput(input);
      return ops.concat(
        members.map((member, t) => regressorMember(fitted, member, checked, context, `estimators_.${t}`).value),
      );
    };
    return { kind: 'regressor', value: ops.weightedMedian(predictions(), weights), single: true };
  },
};
