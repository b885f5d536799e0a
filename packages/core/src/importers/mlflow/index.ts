import { fail } from '../../errors/index.ts';
import { memberOf } from '../folder.ts';
import type { Imported, Importer, ImportOptions, Source } from '../importer.ts';
import { corrupt, readMlmodel, type MlmodelColumn, type MlmodelDocument } from './document.ts';

/** Where each flavor keeps its model file, newest name first. */
const MODEL_KEYS: Readonly<Record<string, readonly string[]>> = {
  sklearn: ['pickled_model'],
  xgboost: ['data'],
  lightgbm: ['data'],
  catboost: ['data'],
  onnx: ['data'],
};

/** Flavors that need Python, a deep-learning runtime, or are out of scope, with what to do. */
const REFUSED: Readonly<Record<string, string>> = {
  pytorch: 'Export the network with torch.onnx.export and log it with mlflow.onnx.',
  tensorflow: 'Export the network to ONNX (tf2onnx) and log it with mlflow.onnx.',
  keras: 'Export the network to ONNX and log it with mlflow.onnx.',
  transformers: 'Export the pipeline to ONNX (optimum) and import that.',
  prophet: 'Forecasts of Prophet are made by simulation in Stan; score them in Python on a schedule.',
  pmdarima: 'Its forecasts continue the series that it was trained on; score them in Python on a schedule.',
  diviner: 'Its forecasts continue the series that it was trained on; score them in Python on a schedule.',
  sentence_transformers: 'Export the model to ONNX (optimum) and import that.',
  fastai: 'Export the network with torch.onnx.export and log it with mlflow.onnx.',
  paddle: 'Export the network with paddle2onnx and log it with mlflow.onnx.',
  h2o: 'Re-fit the model with scikit-learn, XGBoost or LightGBM and log that.',
  spacy: 'Re-fit the texts with a scikit-learn vectorizer and classifier, and log that.',
  statsmodels: 'Re-fit the model with scikit-learn (LinearRegression, PoissonRegressor, …) and log that.',
  spark: 'Re-fit the pipeline with scikit-learn, or export it to ONNX (onnxmltools).',
};

/** Makes the importer of MLflow model folders; `importModel` reads the file that the flavor names. */
export function mlflowImporter(importModel: (source: Source, options: ImportOptions) => Imported): Importer {
  return {
    id: 'mlflow',
    title: 'MLflow model folder',
    detect: ({ files }) => files?.has('MLmodel') ?? false,

    convert(source, options) {
      const document = readMlmodel(bytesOf(source));
      const { flavor, file } = modelFile(document, source);
      const modelClass = document.flavors[flavor]?.['model_class'];
      const hints = {
        columns: document.inputs?.map(({ name }) => name),
        ...(typeof modelClass === 'string' ? { modelClass } : {}),
      };
      return withLineage(importModel(file, { ...options, hints }), document, flavor, source);
    },
  };
}

function bytesOf({ files }: Source): Uint8Array {
  const read = files?.get('MLmodel');
  if (!read) throw corrupt('the file MLmodel is missing');
  return read();
}

function modelFile(document: MlmodelDocument, source: Source): { flavor: string; file: Source } {
  for (const [flavor, keys] of Object.entries(MODEL_KEYS)) {
    const found = document.flavors[flavor];
    if (!found) continue;
    const path =
      keys.map((key) => found[key]).find((value) => typeof value === 'string') ??
      document.flavors['python_function']?.['model_path'];
    if (typeof path !== 'string') throw corrupt(`the flavor ${flavor} does not name its file`);
    const file = memberOf(source, path, 'MLmodel');
    // Old versions keep a folder with one file in it.
    const [only] = file.files?.keys() ?? [];
    return { flavor, file: file.files?.size === 1 && only ? memberOf(file, only, 'MLmodel') : file };
  }
  throw refusal(document);
}

function refusal({ flavors }: MlmodelDocument): Error {
  const python = flavors['python_function'];
  for (const [flavor, advice] of Object.entries(REFUSED)) {
    if (flavors[flavor])
      return fail('UNSUPPORTED_FORMAT', {
        what: `An MLflow model of flavor ${flavor}`,
        why: 'it has no file that converts.',
        advice,
      });
  }
  if (python?.['python_model'] || python?.['loader_module'] === 'mlflow.pyfunc.model') {
    const artifacts = Object.values((python['artifacts'] ?? {}) as Record<string, { path?: unknown }>).flatMap(
      ({ path }) => (typeof path === 'string' ? [path] : []),
    );
    const model = artifacts.find((path) => /\.(joblib|pkl|pickle|onnx|json|ubj|txt|cbm|skops)$/.test(path));
    return fail(
      'CUSTOM_CODE',
      { path: 'python_function', name: 'python_model' },
      model
        ? {
            hint: `Its own predict() is Python. The model that it wraps may be importable alone: slipway import …/${model}`,
          }
        : {},
    );
  }
  return fail('UNSUPPORTED_FORMAT', {
    what: `An MLflow model with the flavors ${Object.keys(flavors).join(', ') || 'none'}`,
    why: 'none of them leads to a file that converts.',
    advice: 'Log the model with mlflow.sklearn, mlflow.xgboost, mlflow.lightgbm, mlflow.catboost or mlflow.onnx.',
  });
}

/** Run id, versions and requirements stay with the package; declared types narrow the columns. */
function withLineage(imported: Imported, document: MlmodelDocument, flavor: string, source: Source): Imported {
  const requirements = source.files?.get('requirements.txt');
  const lines = requirements
    ? new TextDecoder()
        .decode(requirements())
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line && !line.startsWith('#'))
    : imported.report.requirements;
  const declared = new Map(document.inputs?.map((column) => [column.name, column]));
  return {
    ...imported,
    signature: {
      ...imported.signature,
      columns: imported.signature.columns.map((column) => narrowed(column, declared.get(column.name))),
    },
    report: {
      ...imported.report,
      container: `MLflow model (${flavor} flavor), ${imported.report.container}`,
      requirements: lines,
      lineage: { ...imported.report.lineage, mlflow: document.lineage },
    },
  };
}

type Column = Imported['signature']['columns'][number];

/** `long` and `integer` are whole numbers, `boolean` true or false: as declared when the model was logged. */
function narrowed(column: Column, declared: MlmodelColumn | undefined): Column {
  if (!declared || column.type !== 'number') return column;
  if (declared.type === 'long' || declared.type === 'integer') return { ...column, type: 'integer' };
  return declared.type === 'boolean' ? { ...column, type: 'boolean' } : column;
}
