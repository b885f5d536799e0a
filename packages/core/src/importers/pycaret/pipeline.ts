import type { Features } from '../model/features.ts';
import type { Classes, Prediction } from '../model/prediction.ts';
import type { Context } from '../sklearn/context.ts';
import type { Converter } from '../sklearn/converter.ts';
import { inverseTransform } from '../sklearn/compose/inverse.ts';
import { itemsOf, PyObject, unwrap, type Fitted } from '../sklearn/fitted.ts';
import { inside } from './wrapper.ts';

const LABELS = 'sklearn.preprocessing._label.LabelEncoder';
const TARGET = 'pycaret.internal.preprocess.transformers.TargetTransformer';

/** A pipeline of PyCaret 3: steps of training alone are left out, the label encoder names the classes. */
export const pipeline: Converter = {
  types: ['pycaret.internal.pipeline.Pipeline'],
  became: 'its steps in order',
  exactness: 'bit-exact',
  state: (fitted) =>
    stepsOf(fitted)
      .map(({ name }) => name)
      .join(' → '),
  columns: (fitted) => {
    const names = columnNames(fitted);
    return names && { names, count: names.length, text: false };
  },

  transform: (fitted, input, context) => run(stepsOf(fitted), input, context),

  predict(fitted, input, context): Prediction {
    const steps = stepsOf(fitted);
    const last = steps.at(-1);
    if (!last || !context.predicts(last.estimator)) {
      const output = run(steps, input, context);
      return { kind: 'transformer', output: output.numbers(), names: output.names };
    }
    const prediction = context.predict(last.estimator, run(steps.slice(0, -1), input, context), last.name);
    return asTarget(fitted, prediction, context);
  },
};

interface Step {
  readonly name: string;
  readonly estimator: PyObject;
}

/** Steps that take part in a prediction. */
function stepsOf(fitted: Fitted): Step[] {
  const steps: Step[] = [];
  for (const entry of fitted.list('steps')) {
    const [name, estimator] = itemsOf(entry) ?? [];
    if (typeof name !== 'string') throw fitted.wrong('steps', '(name, estimator) pairs');
    if (!(estimator instanceof PyObject) || unwrap(estimator.attr('_train_only')) === true || encodesTarget(estimator))
      continue;
    steps.push({ name, estimator });
  }
  return steps;
}

function encodesTarget(estimator: PyObject): boolean {
  const transformer = estimator.attr('transformer');
  return transformer instanceof PyObject && (transformer.path === LABELS || transformer.path === TARGET);
}

/** Columns of the first step that saw them, without the target. */
function columnNames(fitted: Fitted): readonly string[] | undefined {
  for (const entry of fitted.list('steps')) {
    const [, estimator] = itemsOf(entry) ?? [];
    if (!(estimator instanceof PyObject)) continue;
    const names = itemsOf(estimator.attr('_feature_names_in'));
    const target = estimator.attr('target_name_');
    if (names?.every((name) => typeof name === 'string')) return names.filter((name) => name !== target);
  }
  return undefined;
}

function run(steps: readonly Step[], input: Features, context: Context): Features {
  return steps.reduce((features, { name, estimator }) => context.transform(estimator, features, name), input);
}

/** The steps of the target undone: classes as the label encoder names them, numbers as they were before `transform_target`. */
function asTarget(fitted: Fitted, prediction: Prediction, context: Context): Prediction {
  return fitted.list('steps').reduceRight((answer: Prediction, entry): Prediction => {
    const [name, estimator] = itemsOf(entry) ?? [];
    if (typeof name !== 'string' || !(estimator instanceof PyObject) || !encodesTarget(estimator)) return answer;
    const wrapper = fitted.within(estimator, name);
    const transformer = inside(wrapper);
    if (answer.kind === 'regressor' && transformer.path === TARGET) {
      const value = inverseTransform(transformer.attr('estimator'), answer.value, context, 'target');
      return { ...answer, value };
    }
    if (answer.kind !== 'classifier' || transformer.path !== LABELS) return answer;
    return { ...answer, classes: labelsOf(wrapper.within(transformer, 'transformer'), answer.classes) };
  }, prediction);
}

function labelsOf(encoder: Fitted, { labels }: Classes): Classes {
  const all = encoder.classes();
  const named = labels.map((position) => all.labels[Number(position)]);
  if (named.includes(undefined)) throw encoder.wrong('classes_', 'a label for each class');
  return { type: all.type, labels: named as Classes['labels'] };
}
