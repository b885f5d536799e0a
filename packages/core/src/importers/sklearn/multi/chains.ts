import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Classifier, Extra } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import type { Fitted, Plain } from '../fitted.ts';
import { checkedInput, classifierMember, regressorMember } from '../ensemble/members.ts';
import { estimatorsOf } from '../tree/tree.ts';

/** Each classifier sees the input and the answers (`chain_method`) of those before it; `order_` says whose target is whose. */
export const classifierChain: Converter = {
  types: ['sklearn.multioutput.ClassifierChain'],
  became: 'its classifiers, one after the other',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} targets`,

  predict(fitted, input, context) {
    // Before 1.5 the answers handed on were always predictions.
    const method = fitted.text('chain_method_', 'predict');
    const links = chain(fitted, input, (estimator, features, name) => {
      const answer = classifierMember(fitted, estimator, features, context, name);
      return { answer, handedOn: passedOn(fitted, answer, method) };
    });
    if (
      !links.every(
        ({ classes }) => classes.labels.length === 2 && classes.labels.every((label, k) => Number(label) === k),
      )
    ) {
      return {
        kind: 'multiclassifier',
        targets: links.map(({ kind, classes, position }) => ({ kind, classes, position })),
        extras: columnPerTarget(links),
      };
    }
    const probabilities = links.map(secondClass);
    return {
      kind: 'multilabel',
      labels: ops.concat(links.map((link) => link.position)),
      probabilities: joined(probabilities),
      scores: joined(links.map((link) => link.scores)),
    };
  },
};

export const regressorChain: Converter = {
  types: ['sklearn.multioutput.RegressorChain'],
  became: 'its regressors, one after the other',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} targets`,

  predict(fitted, input, context) {
    const values = chain(fitted, input, (estimator, features, name) => {
      const { value } = regressorMember(fitted, estimator, features, context, name);
      return { answer: value, handedOn: value };
    });
    return { kind: 'regressor', value: ops.concat(values), single: false };
  },
};

/** Runs the estimators in the order of the chain; the answers come back in the order of the targets. */
function chain<T>(
  fitted: Fitted,
  input: Features,
  ask: (estimator: Plain, features: Features, name: string) => { answer: T; handedOn: Value },
): T[] {
  const checked = new Features([checkedInput(input).numbers()]).like(input);
  const estimators = estimatorsOf(fitted);
  const order = Array.from(fitted.vector('order_', estimators.length));
  const previous: Features[] = [];
  const answers = estimators.map((estimator, i) => {
    const { answer, handedOn } = ask(estimator, Features.join([checked, ...previous]), `estimators_.${i}`);
    previous.push(new Features([handedOn]));
    return answer;
  });
  return estimators.map((_, target) => {
    const at = order.indexOf(target);
    if (at < 0) throw fitted.wrong('order_', 'each target once');
    return answers[at] as T;
  });
}

function passedOn(fitted: Fitted, { classes, position, probabilities, scores }: Classifier, method: string): Value {
  if (method === 'predict' && classes.labels.every((label) => typeof label !== 'string')) {
    return ops.tableRow(position, Float64Array.from(classes.labels, Number), 1);
  }
  const probability = probabilities?.width === 2 ? ops.select(probabilities, [1]) : undefined;
  if (method === 'predict_proba' && probability) return probability;
  if (method === 'predict_log_proba' && probability) return ops.logarithm(probability);
  if (method === 'decision_function' && scores?.width === 1) return scores;
  throw fitted.wrong('estimators_', `classifiers of numeric classes with ${method}`);
}

function secondClass({ probabilities }: Classifier): Value | undefined {
  return probabilities && ops.select(probabilities, [1]);
}

/** Whatever its classes are, a chain answers the second one's probability of each target, and scores of single columns. */
function columnPerTarget(links: readonly Classifier[]): Extra[] {
  const probabilities = joined(links.map(secondClass));
  const scores = links.every((link) => link.scores?.width === 1) ? joined(links.map((link) => link.scores)) : undefined;
  return [
    ...(probabilities
      ? [{ method: 'predict_proba', name: 'second_probabilities', value: probabilities, flat: false }]
      : []),
    ...(scores ? [{ method: 'decision_function', name: 'scores', value: scores, flat: false }] : []),
  ];
}

function joined(values: readonly (Value | undefined)[]): Value | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === values.length ? ops.concat(present) : undefined;
}
