import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Classes, Classifier } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import { asNumber, classesOf, itemsOf, numbersOf, scalarOf, type Fitted, type Plain } from '../fitted.ts';

/** The same answer for every row, by `strategy`: the prior, the most frequent class, or a constant. */
export const dummyClassifier: Converter = {
  types: ['sklearn.dummy.DummyClassifier'],
  became: 'constants',
  exactness: 'bit-exact',
  state: (fitted) => `strategy=${strategyOf(fitted)}`,

  predict(fitted, input) {
    const targets = constantClasses(fitted).map(({ classes, probabilities, label }): Classifier => ({
      kind: 'classifier',
      classes,
      position: ops.cast(everyRow(input, [label]), 'int64'),
      probabilities: everyRow(input, probabilities),
    }));
    return targets.length === 1 ? (targets[0] as Classifier) : { kind: 'multiclassifier', targets };
  },
};

export const dummyRegressor: Converter = {
  types: ['sklearn.dummy.DummyRegressor'],
  became: 'constants',
  exactness: 'bit-exact',
  state: (fitted) => `strategy=${fitted.text('strategy', 'mean')}`,

  predict(fitted, input) {
    const outputs = fitted.number('n_outputs_', 1);
    return { kind: 'regressor', value: everyRow(input, fitted.vector('constant_', outputs)), single: outputs === 1 };
  },
};

interface Constant {
  readonly classes: Classes;
  readonly probabilities: readonly number[];
  /** Position of the predicted class. */
  readonly label: number;
}

/** What a DummyClassifier answers, per target. Random strategies are refused: they have no answer to compare with. */
export function constantClasses(fitted: Fitted): Constant[] {
  const strategy = strategyOf(fitted);
  if (strategy === 'stratified' || strategy === 'uniform') {
    throw fitted.unsupported(
      `strategy='${strategy}', which draws its answers at random`,
      'Use strategy="prior", "most_frequent" or "constant".',
    );
  }
  const outputs = fitted.number('n_outputs_', 1);
  const perTarget = (name: string): readonly Plain[] =>
    outputs === 1 ? [fitted.raw(name) as Plain] : fitted.list(name);
  const labels = perTarget('classes_');
  if (!labels.length) throw fitted.wrong('classes_', 'class labels');
  const priors = perTarget('class_prior_');
  const constants =
    strategy === 'constant' ? (itemsOf(fitted.raw('constant')) ?? [fitted.raw('constant') as Plain]) : [];
  return labels.map((raw, target): Constant => {
    const classes = classesOf(itemsOf(raw) ?? [], () => fitted.wrong('classes_', 'class labels'));
    const prior = Array.from(numbersOf(priors[target])?.data ?? []);
    if (prior.length !== classes.labels.length || !prior.length)
      throw fitted.wrong('class_prior_', `${classes.labels.length} numbers`);
    const label =
      strategy === 'constant' ? placeOf(fitted, classes, constants[target]) : prior.indexOf(Math.max(...prior));
    const probabilities = strategy === 'prior' ? prior : prior.map((_, k) => Number(k === label));
    return { classes, probabilities, label };
  });
}

/** `fit` keeps a checked copy of the strategy. */
function strategyOf(fitted: Fitted): string {
  return fitted.text('_strategy', fitted.text('strategy', 'prior'));
}

/** Nested one-element lists stand for the constant of a single target. */
function placeOf(fitted: Fitted, classes: Classes, constant: Plain | undefined): number {
  const inner = constant === undefined ? undefined : (itemsOf(constant)?.[0] ?? constant);
  const wanted = inner === undefined ? undefined : scalarOf(inner);
  const place = classes.labels.findIndex(
    (label) => label === wanted || (typeof label === 'number' && label === asNumber(inner)),
  );
  if (place < 0) throw fitted.wrong('constant', 'one of the classes');
  return place;
}

/** Numbers repeated for every row. Dummies look at no column, so one of any type gives the number of rows. */
function everyRow(input: Features, values: ArrayLike<number>): Value {
  return ops.repeat(values, input.kind(0) === 'text' ? input.text(0) : input.number(0));
}
