import { PyBytes, PyObject } from '../../formats/python/index.ts';
import { ops, type Value } from '../../ir/index.ts';
import type { Features } from '../model/features.ts';
import { numberedClasses } from '../model/numbered-classes.ts';
import type { Classes, Prediction } from '../model/prediction.ts';
import { boosterClasses } from '../sklearn/booster-classes.ts';
import type { Converter } from '../sklearn/converter.ts';
import { asNumber, itemsOf, type Fitted } from '../sklearn/fitted.ts';
import { readBooster, type Booster } from './booster.ts';
import { corrupt } from './corrupt.ts';
import { readDocument } from './document.ts';
import { bothClasses32, marginOf, sigmoid32, transform } from './predict.ts';

/** XGBClassifier: labels and probabilities; rounds after the best iteration are left out, as its predict does. */
export const classifier: Converter = {
  types: ['xgboost.sklearn.XGBClassifier', 'xgboost.sklearn.XGBRFClassifier'],
  became: 'trees in flat tables, float32',
  exactness: 'float32',
  columns: (fitted) => (fitted.has('_Booster') ? columnsOf(boosterOf(fitted)) : undefined),
  state: stateOf,

  predict(fitted, input): Prediction {
    const { booster, margin } = raw(fitted, input);
    const given = transform(booster.objective, margin);
    const extras = [{ method: 'margin', name: 'margin', value: margin, flat: margin.width === 1 }];
    if (given.kind === 'classes') {
      const position = ops.positionOfLargest(given.probabilities);
      return {
        kind: 'classifier',
        classes: classesOf(fitted, booster.groups),
        position,
        probabilities: given.probabilities,
        extras,
      };
    }
    // Whatever the objective, predict compares with 0.5 and predict_proba answers 1 − p and p.
    const p = given.kind === 'number' ? given.value : given.p;
    const labels = ops.cast(ops.greater(p, 0.5), 'int64');
    if (p.width > 1) return { kind: 'multilabel', labels, probabilities: p, extras };
    const classes = classesOf(fitted, 2);
    return { kind: 'classifier', classes, position: labels, probabilities: bothClasses32(p), extras };
  },
};

/** Without a label encoder (from 1.6 on) predict answers positions, which differ from the labels where those are False and True. */
function classesOf(fitted: Fitted, count: number): Classes {
  const classes = boosterClasses(fitted, count);
  return classes.type === 'boolean' && !fitted.has('_le') ? numberedClasses(count) : classes;
}

export const regressor: Converter = {
  types: ['xgboost.sklearn.XGBRegressor', 'xgboost.sklearn.XGBRFRegressor', 'xgboost.sklearn.XGBRanker'],
  became: 'trees in flat tables, float32',
  exactness: 'float32',
  columns: (fitted) => (fitted.has('_Booster') ? columnsOf(boosterOf(fitted)) : undefined),
  state: stateOf,

  predict(fitted, input): Prediction {
    const { booster, margin } = raw(fitted, input);
    const given = transform(booster.objective, margin);
    const value = given.kind === 'number' ? given.value : given.kind === 'binary' ? given.p : given.probabilities;
    const extras = [{ method: 'margin', name: 'margin', value: margin, flat: margin.width === 1 }];
    return { kind: 'regressor', value, single: value.width === 1, extras };
  },
};

/** A bare `xgboost.Booster`, pickled or saved: predict gives probabilities or numbers, of all rounds. */
export const booster: Converter = {
  types: ['xgboost.core.Booster'],
  became: 'trees in flat tables, float32',
  exactness: 'float32',
  columns: (fitted) => columnsOf(bytesOf(fitted)),
  state: (fitted) => describe(bytesOf(fitted)),
  predict: (fitted, input) => predictBooster(bytesOf(fitted), input, NaN),
};

/** Answers of a booster without its scikit-learn wrapper. */
export function predictBooster(model: Booster, input: Features, missing: number): Prediction {
  const margin = marginOf(model, input, { missing });
  const given = transform(model.objective, margin);
  const extra = (method: string, name: string, value: Value) => ({ method, name, value, flat: value.width === 1 });
  const extras = [extra('margin', 'margin', margin)];
  if (given.kind === 'number')
    return { kind: 'regressor', value: given.value, single: given.value.width === 1, extras };
  if (given.kind === 'classes') {
    const position = ops.positionOfLargest(given.probabilities);
    const predict = given.hard ? [] : [extra('predict', 'probabilities', given.probabilities)];
    return {
      kind: 'classifier',
      classes: numberedClasses(model.groups),
      position,
      probabilities: given.probabilities,
      extras: [...extras, ...predict],
    };
  }
  const p = model.objective === 'binary:logitraw' ? sigmoid32(given.p) : given.p;
  if (p.width > 1) {
    const labels = ops.cast(ops.greater(p, 0.5), 'int64');
    return { kind: 'multilabel', labels, probabilities: p, extras: [...extras, extra('predict', 'probabilities', p)] };
  }
  return {
    kind: 'classifier',
    classes: numberedClasses(2),
    position: ops.cast(ops.greater(p, 0.5), 'int64'),
    probabilities: bothClasses32(p),
    extras: [...extras, extra('predict', 'probability', given.p)],
  };
}

/** The same booster as its scikit-learn wrapper answers: `predict` gives labels, after early stopping of the best round. */
export function predictWrapped(model: Booster, input: Features): Prediction {
  const rounds = model.bestIteration === undefined ? undefined : model.bestIteration + 1;
  const cut =
    rounds === undefined
      ? model
      : { ...model, trees: model.trees.slice(0, model.rounds[Math.min(rounds, model.rounds.length - 1)]) };
  const prediction = predictBooster(cut, input, NaN);
  return { ...prediction, extras: prediction.extras?.filter(({ method }) => method !== 'predict') };
}

function columnsOf(model: Booster) {
  return { names: model.names, count: model.features, text: false };
}

function raw(fitted: Fitted, input: Features): { booster: Booster; margin: Value } {
  const model = boosterOf(fitted);
  const missing = asNumber(fitted.raw('missing')) ?? NaN;
  return { booster: model, margin: marginOf(model, input, { rounds: roundsOf(fitted, model), missing }) };
}

/**
 * predict uses the rounds up to the best iteration when early stopping was on. Before 2.0 every model had a
 * `best_iteration`, that of the last round.
 */
function roundsOf(fitted: Fitted, model: Booster): number | undefined {
  const best = model.bestIteration ?? asNumber(fitted.raw('best_iteration'));
  return best === undefined || /RF(Classifier|Regressor)$/.test(fitted.name) ? undefined : best + 1;
}

const read = new WeakMap<PyObject, Booster>();

function boosterOf(fitted: Fitted): Booster {
  const inner = fitted.raw('_Booster');
  if (!(inner instanceof PyObject)) throw fitted.wrong('_Booster', 'a trained booster');
  return fromObject(inner);
}

function bytesOf(fitted: Fitted): Booster {
  return fromObject(fitted.object);
}

function fromObject(object: PyObject): Booster {
  const known = read.get(object);
  if (known) return known;
  const handle = object.attr('handle');
  if (!(handle instanceof PyBytes)) throw corrupt('the pickled booster holds no model bytes');
  const own = readBooster(readDocument(handle.bytes));
  const model = { ...own, names: own.names ?? namesOf(object, own.features) };
  read.set(object, model);
  return model;
}

/** Before 1.4 the names of the columns were kept in Python alone; `f0`, `f1`, … stand for those of an array. */
function namesOf(object: PyObject, count: number): readonly string[] | undefined {
  const names = itemsOf(object.attr('feature_names'))?.filter((name) => typeof name === 'string');
  return names?.length === count && names.some((name, i) => name !== `f${i}`) ? names : undefined;
}

function stateOf(fitted: Fitted): string {
  return describe(boosterOf(fitted));
}

export function describe(model: Booster): string {
  return model.linear ? `gblinear, ${model.objective}` : `${model.trees.length} trees, ${model.objective}`;
}
