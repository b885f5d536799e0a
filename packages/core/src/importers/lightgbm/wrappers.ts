import { PyObject } from '../../formats/python/index.ts';
import { ops, type Value } from '../../ir/index.ts';
import type { Features } from '../model/features.ts';
import { numberedClasses } from '../model/numbered-classes.ts';
import type { Prediction } from '../model/prediction.ts';
import { boosterClasses } from '../sklearn/booster-classes.ts';
import type { Converter } from '../sklearn/converter.ts';
import { asNumber, type Fitted } from '../sklearn/fitted.ts';
import { averaged, convertOutput, rawScore } from './predict.ts';
import { corrupt, readLightgbm, type LightgbmModel } from './text.ts';

/** LGBMClassifier: labels of `_le`, probabilities; the best iteration where early stopping found one. */
export const classifier: Converter = {
  types: ['lightgbm.sklearn.LGBMClassifier'],
  became: 'trees in flat tables',
  exactness: 'bit-exact',
  columns: (fitted) => (fitted.has('_Booster') ? columnsOf(boosterOf(fitted).model) : undefined),
  state: (fitted) => describe(boosterOf(fitted).model),

  predict(fitted, input): Prediction {
    const { model, raw, score } = scored(fitted, input);
    const given = convertOutput(model.objective, score);
    const extras = rawExtras(raw);
    // A function as the objective has no name in the model: predict answers the raw scores.
    if (given.kind === 'number' && (given.value.width > 1 || !namesObjective(model)))
      return { kind: 'regressor', value: given.value, single: given.value.width === 1, extras };
    const p = given.kind === 'number' ? given.value : given.kind === 'binary' ? given.p : undefined;
    const probabilities = given.kind === 'classes' ? given.probabilities : bothClasses(p as Value);
    return {
      kind: 'classifier',
      classes: boosterClasses(fitted, probabilities.width),
      position: ops.positionOfLargest(probabilities),
      probabilities,
      // From 4.7 on, which knows whether it was fitted with names, meta-estimators ask it for its decision function.
      ...(fitted.raw('_fitted_with_feature_names') === undefined ? {} : { scores: raw }),
      extras,
    };
  },
};

export const regressor: Converter = {
  types: ['lightgbm.sklearn.LGBMRegressor', 'lightgbm.sklearn.LGBMRanker'],
  became: 'trees in flat tables',
  exactness: 'bit-exact',
  columns: (fitted) => (fitted.has('_Booster') ? columnsOf(boosterOf(fitted).model) : undefined),
  state: (fitted) => describe(boosterOf(fitted).model),

  predict(fitted, input): Prediction {
    const { model, raw, score } = scored(fitted, input);
    const given = convertOutput(model.objective, score);
    const value = given.kind === 'number' ? given.value : given.kind === 'binary' ? given.p : given.probabilities;
    return { kind: 'regressor', value, single: value.width === 1, extras: rawExtras(raw) };
  },
};

/** A bare `lightgbm.Booster` in a pickle. */
export const booster: Converter = {
  types: ['lightgbm.basic.Booster'],
  became: 'trees in flat tables',
  exactness: 'bit-exact',
  columns: (fitted) => columnsOf(fromObject(fitted.object).model),
  state: (fitted) => describe(fromObject(fitted.object).model),
  predict(fitted, input) {
    const { model, best } = fromObject(fitted.object);
    return predictModel(model, input, best);
  },
};

/** Answers of a model without its scikit-learn wrapper: `Booster.predict` gives probabilities or numbers. */
export function predictModel(model: LightgbmModel, input: Features, iterations?: number): Prediction {
  const raw = rawScore(model, input, iterations);
  const given = convertOutput(model.objective, averaged(model, raw, iterations));
  const extras = [{ method: 'raw_score', name: 'raw', value: raw, flat: raw.width === 1 }];
  if (given.kind === 'number')
    return { kind: 'regressor', value: given.value, single: given.value.width === 1, extras };
  const probabilities = given.kind === 'binary' ? bothClasses(given.p) : given.probabilities;
  const predict =
    given.kind === 'binary'
      ? { method: 'predict', name: 'probability', value: given.p, flat: true }
      : { method: 'predict', name: 'probabilities', value: probabilities, flat: false };
  return {
    kind: 'classifier',
    classes: numberedClasses(probabilities.width),
    position: ops.positionOfLargest(probabilities),
    probabilities,
    extras: [...extras, predict],
  };
}

export function describe(model: LightgbmModel): string {
  return `${model.trees.length} trees, ${model.objective || 'custom objective'}`;
}

/** `Column_0`, … are the names that LightGBM gives to arrays. */
export function columnsOf(model: LightgbmModel) {
  const named = !model.names.every((name, i) => name === `Column_${i}`);
  return { names: named ? model.names : undefined, count: model.features, text: false };
}

function rawExtras(raw: Value) {
  return ['raw_score', 'decision_function'].map((method) => ({
    method,
    name: 'raw',
    value: raw,
    flat: raw.width === 1,
  }));
}

function namesObjective({ objective }: LightgbmModel): boolean {
  return !['', 'custom', 'none', 'null', 'na'].includes(objective);
}

function bothClasses(p: Value): Value {
  return ops.concat([ops.subtract(ops.constant([1]), p), p]);
}

function scored(fitted: Fitted, input: Features): { model: LightgbmModel; raw: Value; score: Value } {
  const { model, best } = boosterOf(fitted);
  const iterations = best ?? positive(asNumber(fitted.raw('_best_iteration')));
  const raw = rawScore(model, input, iterations);
  return { model, raw, score: averaged(model, raw, iterations) };
}

interface Read {
  readonly model: LightgbmModel;
  /** Number of iterations that predict uses; undefined: all. */
  readonly best: number | undefined;
}

const read = new WeakMap<PyObject, Read>();

function boosterOf(fitted: Fitted): Read {
  const inner = fitted.raw('_Booster');
  if (!(inner instanceof PyObject)) throw fitted.wrong('_Booster', 'a trained booster');
  return fromObject(inner);
}

function fromObject(object: PyObject): Read {
  const known = read.get(object);
  if (known) return known;
  const text = object.attr('_handle') ?? object.attr('handle') ?? object.attr('model_str');
  if (typeof text !== 'string') throw corrupt('the pickled booster holds no model text');
  const found = { model: readLightgbm(text), best: positive(asNumber(object.attr('best_iteration'))) };
  read.set(object, found);
  return found;
}

function positive(number: number | undefined): number | undefined {
  return number !== undefined && number > 0 ? number : undefined;
}
