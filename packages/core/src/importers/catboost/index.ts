import { sniff } from '../../formats/sniff.ts';
import { PyBytes, type PyObject } from '../../formats/python/index.ts';
import { emit, preSteps } from '../../ir/index.ts';
import type { Importer } from '../importer.ts';
import { declaredNames } from '../model/declared-names.ts';
import { Features, InputColumn } from '../model/features.ts';
import { finish } from '../model/finish.ts';
import type { Converter } from '../sklearn/converter.ts';
import type { Fitted } from '../sklearn/fitted.ts';
import { readCbm } from './cbm.ts';
import { readCatboostJson } from './json.ts';
import { corrupt, type CatboostModel } from './model.ts';
import { predictCatboost, predictPlain } from './predict.ts';

const common = {
  became: 'trees in flat tables',
  exactness: '1e-12',
  columns: (fitted) => (fitted.has('__model') ? columnsOf(pickled(fitted)) : undefined),
  state: (fitted) => describe(pickled(fitted)),
} as const satisfies Partial<Converter>;

/** Classes of the Python package in pickles: the state holds a `.cbm`. */
export const catboostConverters: readonly Converter[] = [
  {
    ...common,
    types: ['catboost.core.CatBoostClassifier', 'catboost.core.CatBoostRegressor', 'catboost.core.CatBoostRanker'],
    predict: (fitted, input) => predictCatboost(inNamesOf(pickled(fitted)), input),
  },
  {
    ...common,
    types: ['catboost.core.CatBoost'],
    predict: (fitted, input) => predictPlain(inNamesOf(pickled(fitted)), input),
  },
];

/** Files of `save_model`: `.cbm` and JSON. */
export const catboost: Importer = {
  id: 'catboost',
  title: 'CatBoost model (.cbm, JSON)',
  detect: ({ bytes }) => bytes !== undefined && (sniff(bytes) === 'catboost-cbm' || sniff(bytes) === 'catboost-json'),

  convert(source, { hints }) {
    const bytes = source.bytes as Uint8Array;
    const isBinary = sniff(bytes) === 'catboost-cbm';
    const model = isBinary ? readCbm(bytes) : readCatboostJson(bytes);
    const names = declaredNames(columnsOf(model).names, hints?.columns, model.names.length);
    const columns = model.names.map((_, i) => new InputColumn(names?.[i] ?? `x${i}`, i));
    const finished = finish(
      columns,
      names ? 'table' : 'array',
      predictCatboost(withNames(model, columns), new Features(columns, names)),
    );
    const pre = preSteps(finished.model);
    return {
      model: finished.model,
      signature: finished.signature,
      ...(pre.length ? { pre } : {}),
      graph: emit(finished.model, { source_class: 'catboost', loss: model.info.loss }),
      report: {
        what: `CatBoost model (${model.info.loss})`,
        container: isBinary ? 'cbm' : 'JSON',
        library: { name: 'catboost', version: model.info.version },
        steps: [
          {
            path: 'model',
            type: 'catboost.core.CatBoost',
            state: describe(model),
            became: 'trees in flat tables',
            exactness: '1e-12',
          },
        ],
        warnings: isBinary ? [] : lostTargets(model),
        requirements: [model.info.version ? `catboost==${model.info.version}` : 'catboost'],
        drift: finished.drift,
      },
    };
  },
};

const MANY_TARGETS = /^Multi(RMSE|Logloss|CrossEntropy|Quantile)/;

/** The JSON names a statistic without the target that it is of, so that CatBoost itself takes the first target's for all. */
function lostTargets({ statistics, info }: CatboostModel): string[] {
  if (!MANY_TARGETS.test(info.loss) || statistics.every(({ kind }) => kind === 'counter')) return [];
  return [
    'CatBoost writes statistics of several targets into JSON without saying which target they are of. The answers are those that ' +
      'CatBoost gives when it loads this file, and they can differ from the trained model: save it as .cbm instead.',
  ];
}

/** Columns without names are called x0, x1, …, in the steps before the graph as well. */
function withNames(model: CatboostModel, columns: readonly InputColumn[]): CatboostModel {
  return { ...model, names: columns.map(({ name }) => name) };
}

/** `0`, `1`, … are the names that CatBoost gives to arrays. */
function columnsOf(model: CatboostModel) {
  const named = !model.names.every((name, i) => name === String(i));
  return { names: named ? model.names : undefined, count: model.names.length, text: false };
}

function describe(model: CatboostModel): string {
  return `${model.trees.length} trees, ${model.info.loss}`;
}

/** Columns without names are called x0, x1, … */
function inNamesOf(model: CatboostModel): CatboostModel {
  return columnsOf(model).names ? model : { ...model, names: model.names.map((_, i) => `x${i}`) };
}

const read = new WeakMap<PyObject, CatboostModel>();

function pickled(fitted: Fitted): CatboostModel {
  const known = read.get(fitted.object);
  if (known) return known;
  const bytes = fitted.raw('__model');
  if (!(bytes instanceof PyBytes)) throw corrupt('the pickled model holds no bytes: is it fitted?');
  const model = readCbm(bytes.bytes);
  read.set(fitted.object, model);
  return model;
}
