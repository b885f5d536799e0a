import { fail } from '../../errors/index.ts';
import {
  demands,
  seenColumns,
  type Seen,
  ops,
  topological,
  type Demand,
  type Model,
  type ModelOutput,
  type Value,
} from '../../ir/index.ts';
import {
  tightest,
  type Column,
  type ColumnType,
  type Outputs,
  type Scalar,
  type Signature,
  type Task,
} from '../../signature/index.ts';
import type { DriftColumn } from '../importer.ts';
import { driftOf, typicalOf } from './drift.ts';
import type { InputColumn } from './features.ts';
import { outputNamer, renamed } from './output-names.ts';
import type { Classes, Classifier, Prediction } from './prediction.ts';

export interface Finished {
  readonly model: Model;
  readonly signature: Signature;
  /** What the fitted state tells about the training data. */
  readonly drift: readonly DriftColumn[];
}

interface Head {
  readonly task: Task;
  readonly outputs: readonly ModelOutput[];
  readonly roles: Outputs;
  readonly rest?: Partial<Signature>;
}

/** Columns and head → model with named outputs, and the signature that follows from both. */
export function finish(
  columns: readonly InputColumn[],
  form: 'table' | 'array' | 'text',
  prediction: Prediction,
): Finished {
  const head = headOf(prediction);
  const unnamed = withExtras(head.outputs, prediction);
  // Walking once makes sure that columns are asked for whose type was left open (indicators of missing values).
  topological(unnamed.map(({ value }) => value));
  const inputs = inputsOf(columns, form);
  const nameOf = outputNamer(inputs.map(({ params }) => params.name));
  const outputs = unnamed.map((one) => ({ ...one, name: nameOf(one.name) }));
  const model: Model = { inputs, form: form === 'array' ? 'array' : 'table', outputs };
  const asked = demands(model);
  const seen = seenColumns(model);
  const methods = { ...head.roles.methods, ...extraMethods(prediction) };
  const signature: Signature = {
    form,
    task: head.task,
    columns: columns.map((column) => describe(column, form, asked[column.position] ?? {}, seen.get(column.position))),
    ...head.rest,
    outputs: renamed({ ...head.roles, methods }, nameOf),
  };
  return { model, signature, drift: driftOf(signature.columns, (at) => seen.get(columns[at]?.position ?? -1)) };
}

/** Every column has an input value; unused ones of arrays are numbers, so that X keeps its width. */
function inputsOf(columns: readonly InputColumn[], form: 'table' | 'array' | 'text'): Model['inputs'] {
  return columns
    .filter((column) => form === 'array' || column.asked)
    .map((column) => column.asked ?? column.as('float64'));
}

function headOf(prediction: Prediction): Head {
  switch (prediction.kind) {
    case 'classifier':
      return classifierHead(prediction);
    case 'regressor':
      return {
        task: 'regression',
        outputs: [output('value', prediction.value, prediction.single)],
        roles: { value: 'value', methods: { predict: 'value' } },
      };
    case 'clusterer':
      return {
        task: 'clustering',
        outputs: present([
          output('label', prediction.label, true),
          prediction.distances && output('distances', prediction.distances, false),
          prediction.probabilities && output('probabilities', prediction.probabilities, false),
        ]),
        roles: {
          label: 'label',
          ...(prediction.distances ? { distances: 'distances' } : {}),
          ...(prediction.probabilities ? { probabilities: 'probabilities' } : {}),
          methods: {
            predict: 'label',
            ...(prediction.distances ? { transform: 'distances' } : {}),
            ...(prediction.probabilities ? { predict_proba: 'probabilities' } : {}),
          },
        },
        rest: prediction.probabilities
          ? { classes: Array.from({ length: prediction.probabilities.width }, (_, k) => k) }
          : {},
      };
    case 'outlier':
      return {
        task: 'outlier',
        outputs: [output('label', prediction.label, true), output('score', prediction.score, true)],
        roles: { label: 'label', scores: 'score', methods: { predict: 'label', decision_function: 'score' } },
      };
    case 'multilabel':
      return {
        task: 'multilabel',
        outputs: present([
          output('label', prediction.labels, false),
          prediction.probabilities && output('probabilities', prediction.probabilities, false),
          prediction.scores && output('scores', prediction.scores, false),
        ]),
        roles: {
          label: 'label',
          ...(prediction.probabilities ? { probabilities: 'probabilities' } : {}),
          ...(prediction.scores ? { scores: 'scores' } : {}),
          methods: {
            predict: 'label',
            ...(prediction.probabilities ? { predict_proba: 'probabilities' } : {}),
            ...(prediction.scores ? { decision_function: 'scores' } : {}),
          },
        },
      };
    case 'multiclassifier':
      return multiclassifierHead(prediction.targets);
    case 'transformer':
      return {
        task: 'transform',
        outputs: [output('output', prediction.output, false)],
        roles: { output: 'output', methods: { transform: 'output' } },
        rest: prediction.names ? { outputNames: prediction.names } : {},
      };
  }
}

function classifierHead({ classes, position, probabilities, scores }: Classifier): Head {
  return {
    task: 'classification',
    outputs: present([
      output('label', label(classes, position), true),
      probabilities && output('probabilities', probabilities, false),
      scores && output('scores', scores, scores.width === 1),
    ]),
    roles: {
      label: 'label',
      labelIs: labelIs(classes),
      ...(probabilities ? { probabilities: 'probabilities' } : {}),
      ...(scores && !probabilities ? { scores: 'scores' } : {}),
      methods: {
        predict: 'label',
        ...(probabilities ? { predict_proba: 'probabilities' } : {}),
        ...(scores ? { decision_function: 'scores' } : {}),
      },
    },
    rest: { classes: classes.labels },
  };
}

/** Targets side by side: positions in one matrix `label` [N,T], probabilities of all targets in one [N, ΣK]. */
function multiclassifierHead(targets: readonly Classifier[]): Head {
  const probabilities = targets.every((target) => target.probabilities)
    ? ops.concat(targets.map((target) => target.probabilities as Value))
    : undefined;
  return {
    task: 'multioutput-classification',
    outputs: present([
      output('label', ops.concat(targets.map((target) => target.position)), false),
      probabilities && output('probabilities', probabilities, false),
    ]),
    roles: {
      label: 'label',
      labelIs: 'position',
      ...(probabilities ? { probabilities: 'probabilities' } : {}),
      methods: { predict: 'label', ...(probabilities ? { predict_proba: 'probabilities' } : {}) },
    },
    rest: { targetClasses: targets.map((target) => target.classes.labels) },
  };
}

function labelIs(classes: Classes): 'value' | 'position' {
  return classes.type === 'string' || classes.type === 'integer' ? 'value' : 'position';
}

function label(classes: Classes, position: Value): Value {
  return labelIs(classes) === 'value' ? ops.labels(position, classes.labels as readonly string[]) : position;
}

function withExtras(outputs: readonly ModelOutput[], prediction: Prediction): ModelOutput[] {
  const { transformed, samples, extras = [] } = prediction;
  const named = new Set(outputs.map(({ name }) => name));
  return present([
    ...outputs,
    transformed && prediction.kind !== 'clusterer' && output('transformed', transformed, false),
    samples && output('samples', samples, true),
    ...extras
      .filter(({ name }) => !named.has(name) && named.add(name)) // several methods may share an output
      .map(({ name, value, flat }) => output(name, value, flat)),
  ]);
}

function extraMethods(prediction: Prediction): Record<string, string> {
  const { transformed, samples, extras = [] } = prediction;
  return {
    ...Object.fromEntries(extras.map(({ method, name }) => [method, name])),
    ...(transformed && prediction.kind !== 'clusterer' ? { transform: 'transformed' } : {}),
    ...(samples ? { score_samples: 'samples' } : {}),
  };
}

function output(name: string, value: Value, flat: boolean): ModelOutput {
  return { name, value, flat };
}

function present<T>(items: readonly (T | false | undefined)[]): T[] {
  return items.filter((item): item is T => item !== undefined && item !== false);
}

/** What a row may hold in a column, from what the model asks of it. */
function describe(column: InputColumn, form: 'table' | 'array' | 'text', demand: Demand, seen: Seen = {}): Column {
  const { name, asked } = column;
  const required = form === 'array' || asked !== undefined;
  const known = demand.categories?.values.filter((value): value is Scalar => value !== null);
  const type = demand.date ? 'datetime' : typeOf(asked, known);
  const typical = typicalOf(type, known, seen);
  if (known?.some((value) => typeof value !== typeof known[0])) {
    throw fail('UNSUPPORTED_MODEL', {
      path: `column "${name}"`,
      what: 'a column whose categories mix text and numbers',
      why: '',
      advice: 'Convert the column to one type and train again.',
    });
  }
  return {
    name,
    type,
    nullable: !demand.present,
    required,
    ...(known ? { categories: known, closed: demand.categories?.closed ?? false } : {}),
    ...(demand.limits && type === 'number' ? { limits: tightest(demand.limits) } : {}),
    ...(demand.float32 ? { float32: true } : {}),
    ...(demand.numerals && type === 'string' ? { numerals: true } : {}),
    ...(type !== 'string' && type !== 'datetime' && !demand.finite && !demand.float32 ? { infinite: true } : {}),
    ...(typical === undefined ? {} : { seen: { typical } }),
  };
}

function typeOf(asked: Value | undefined, known: readonly Scalar[] | undefined): ColumnType {
  if (asked?.dtype === 'string') return 'string';
  if (known?.length && known.every((value) => typeof value === 'boolean')) return 'boolean';
  return 'number';
}
