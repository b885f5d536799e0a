import { PyObject } from '../../formats/python/index.ts';
import type { FittedOn } from '../model/fitted-on.ts';
import type { Converter } from '../sklearn/converter.ts';
import { asNumber, Fitted, itemsOf, type Plain } from '../sklearn/fitted.ts';

const MAX_DEPTH = 10;

/** Parts of a meta-estimator that it reads itself, such as `sklearn.calibration._CalibratedClassifier`. */
const HELPER = /^sklearn\..*\._[A-Z]\w*$/;

/** Attributes that lead from a meta-estimator to the one that saw the data. */
const INNER = [
  'best_estimator_',
  'estimator_',
  'base_estimator_',
  'regressor_',
  'estimator',
  'base_estimator',
  'transformer',
];

/**
 * Columns of the outermost estimator: `feature_names_in_`, else `n_features_in_`, else those of the first step or of
 * the estimator inside. Boosters know their own (`Converter.columns`).
 */
export function fittedOn(
  model: Plain | undefined,
  converters: ReadonlyMap<string, Converter>,
  depth = 0,
  seen = new Set<PyObject>(),
): FittedOn {
  if (!(model instanceof PyObject) || depth > MAX_DEPTH || seen.has(model))
    return { names: undefined, count: undefined, text: false };
  seen.add(model);
  const fitted = new Fitted(model, model.name);
  const own = converters.get(model.path)?.columns?.(fitted);
  if (own) return own;
  const told = fitted.strings('feature_names_in_');
  const names =
    (isNamedByLightgbm(told) ? undefined : told) ?? fitted.strings('_feature_names_in') ?? frameColumns(fitted);
  if (names) return { names, count: names.length, text: false };
  const seenHere = asNumber(fitted.raw('n_features_in_'));
  for (const inner of innerOf(fitted)) {
    const found = fittedOn(inner, converters, depth + 1, seen);
    // What lies inside may have seen only some of the columns: selectors, bagging.
    const fits = seenHere === undefined || found.text || found.count === seenHere;
    if (fits && (found.names || found.count !== undefined || found.text)) return found;
  }
  const count = seenHere ?? told?.length ?? asNumber(fitted.raw('_n_features')) ?? asNumber(fitted.raw('n_features_'));
  return { names: undefined, count, text: false };
}

/** The first estimator on the way in whose class has no converter, the model itself included. */
export function withoutConverter(
  model: PyObject,
  converters: ReadonlyMap<string, Converter>,
  depth = 0,
  seen = new Set<PyObject>(),
): PyObject | undefined {
  if (depth > MAX_DEPTH || seen.has(model)) return undefined;
  seen.add(model);
  if (!converters.has(model.path) && !HELPER.test(model.path)) return model;
  for (const inner of innerOf(new Fitted(model, model.name))) {
    const found = inner instanceof PyObject ? withoutConverter(inner, converters, depth + 1, seen) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** `Column_0`, … are what LightGBM 4.6 calls the columns of an array, and models around it repeat. */
function isNamedByLightgbm(names: readonly string[] | undefined): boolean {
  return names !== undefined && names.every((name, i) => name === `Column_${i}`);
}

/** ColumnTransformer of 0.24 keeps the columns of its DataFrame. */
function frameColumns(fitted: Fitted): readonly string[] | undefined {
  return fitted.strings('_df_columns');
}

function* innerOf(fitted: Fitted): Generator<Plain> {
  for (const list of ['steps', 'transformer_list', 'estimators_', 'calibrated_classifiers_']) {
    if (!fitted.has(list)) continue;
    for (const entry of itemsOf(fitted.raw(list)) ?? []) {
      const estimator = entry instanceof PyObject ? entry : itemsOf(entry)?.[1];
      if (estimator instanceof PyObject) yield estimator;
      if (list === 'steps' && estimator instanceof PyObject) break;
    }
  }
  for (const name of INNER) {
    const inner = fitted.raw(name);
    if (inner instanceof PyObject) yield inner;
  }
}
