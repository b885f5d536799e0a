import { fail } from '../../errors/index.ts';
import { readPython, type PythonFile } from '../../formats/python-file.ts';
import type { PyObject } from '../../formats/python/index.ts';
import { sniff, type FileKind } from '../../formats/sniff.ts';
import { emit, ops, preSteps } from '../../ir/index.ts';
import type { Imported, Importer, ImportOptions, Source } from '../importer.ts';
import { declaredNames } from '../model/declared-names.ts';
import { Features, InputColumn } from '../model/features.ts';
import { finish } from '../model/finish.ts';
import { checkedColumns } from '../model/most-columns.ts';
import type { Prediction } from '../model/prediction.ts';
import { Context, noConverter } from '../sklearn/context.ts';
import { classesOf, Fitted, itemsOf } from '../sklearn/fitted.ts';
import { ignoredWarning, takesRows, throughParts } from './before.ts';
import { findModel, type Bundle } from './bundle.ts';
import { fittedOn, withoutConverter } from './columns.ts';
import { converters } from './converters.ts';

/** Pickles as they are, and every compression that people put around them. */
const kinds: ReadonlySet<FileKind> = new Set([
  'pickle',
  'pickle-text',
  'joblib-zf',
  'zlib',
  'gzip',
  'bz2',
  'xz',
  'lzma',
  'lz4',
]);

/** Pickle, joblib and compressed files of Python objects: scikit-learn and what works like it. */
export const python: Importer = {
  id: 'python',
  title: 'pickle or joblib file',
  detect: ({ bytes }) => bytes !== undefined && kinds.has(sniff(bytes)),

  convert(source, options) {
    const file = readPython(source.bytes as Uint8Array, options);
    return convertObject(file, source, options);
  },
};

/** The model in a tree of plain Python data → graph and signature. Other containers of Python objects come here too. */
export function convertObject(file: PythonFile, source: Source, options: ImportOptions): Imported {
  const bundle = findModel(file.value, options.object);
  const context = new Context(converters);
  const { columns, form, input } = inputOf(bundle, options.hints?.columns);
  const features = throughParts(bundle, input, context);
  const predicted = predictionOf(bundle, features, context);
  const prediction = withThreshold(withLabels(predicted, bundle), options.threshold);
  const { model, signature, drift } = finish(columns, form, prediction);
  const pre = preSteps(model);
  const library = libraryOf(bundle.model);
  return {
    model,
    signature,
    ...(pre.length ? { pre } : {}),
    graph: emit(model, metadataOf(bundle.model, library.version)),
    report: {
      what: `${library.name} ${prediction.kind === 'transformer' ? 'transformer' : 'model'} ${bundle.model.name}`,
      container: file.container,
      library,
      steps: context.steps,
      warnings: [...file.warnings, ...ignoredWarning(bundle), ...context.warnings],
      requirements: library.version ? [`${library.name}==${library.version}`] : [library.name],
      drift,
      ...(bundle.threshold === undefined ? {} : { threshold: bundle.threshold }),
      ...(Object.keys(bundle.notes).length ? { lineage: { bundle: bundle.notes } } : {}),
    },
  };
}

function inputOf(
  bundle: Bundle,
  declared: readonly string[] | undefined,
): { columns: InputColumn[]; form: 'table' | 'array' | 'text'; input: Features } {
  const { names: own, count, text } = fittedOn(takesRows(bundle), converters);
  if (text) {
    const column = new InputColumn('text', 0);
    return { columns: [column], form: 'text', input: new Features([column]) };
  }
  const names =
    (own && declaredNames(own, declared, own.length)) ??
    [bundle.columns, declared].find((known) => known && (count === undefined || known.length === count));
  const width = names?.length ?? count;
  const unknown = width === undefined ? withoutConverter(takesRows(bundle), converters) : undefined;
  if (unknown) throw noConverter(new Fitted(unknown, bundle.path.join('.') || 'model'));
  if (width === undefined || !Number.isInteger(width) || width < 1) {
    throw fail('NOT_A_MODEL', {
      problem: `${bundle.model.path} does not say how many columns it takes: is it fitted?`,
    });
  }
  const columns = Array.from(
    { length: checkedColumns(width, 'Python') },
    (_, i) => new InputColumn(names?.[i] ?? `x${i}`, i),
  );
  return { columns, form: names ? 'table' : 'array', input: new Features(columns, names) };
}

function predictionOf({ model, path }: Bundle, input: Features, context: Context): Prediction {
  const name = path.join('.') || 'model';
  if (context.predicts(model) || !context.transforms(model)) return context.predict(model, input, name);
  const output = context.transform(model, input, name);
  const samples = context.samples(model, input, name);
  return { kind: 'transformer', output: output.numbers(), names: output.names, samples };
}

/** Integer classes that a LabelEncoder beside the model names. */
function withLabels(prediction: Prediction, { labelEncoder }: Bundle): Prediction {
  if (!labelEncoder || prediction.kind !== 'classifier' || prediction.classes.type !== 'integer') return prediction;
  const names = itemsOf(labelEncoder.attr('classes_')) ?? [];
  const encoder = new Fitted(labelEncoder, 'label encoder');
  const all = classesOf(names, () => encoder.wrong('classes_', 'class labels'));
  const labels = prediction.classes.labels.map((position) => all.labels[position as number]);
  if (labels.some((label) => label === undefined)) return prediction;
  return { ...prediction, classes: { type: all.type, labels: labels as typeof all.labels } };
}

/** `--threshold`: the second class from this probability on, instead of the model's own rule. */
function withThreshold(prediction: Prediction, threshold: number | undefined): Prediction {
  if (threshold === undefined) return prediction;
  if (prediction.kind !== 'classifier' || prediction.classes.labels.length !== 2 || !prediction.probabilities) {
    throw fail('USAGE', {
      problem: '--threshold needs a classifier of two classes with probabilities.',
      advice: 'Leave --threshold out.',
    });
  }
  const positive = ops.select(prediction.probabilities, [1]);
  return { ...prediction, position: ops.cast(ops.greaterOrEqual(positive, threshold), 'int64') };
}

function libraryOf(model: PyObject): { name: string; version: string | undefined } {
  const [root = ''] = model.path.split('.');
  const name = root === 'sklearn' ? 'scikit-learn' : root;
  const version = model.attr('_sklearn_version');
  return { name, version: name === 'scikit-learn' && typeof version === 'string' ? version : undefined };
}

function metadataOf(model: PyObject, version: string | undefined): Record<string, string> {
  return { source_class: model.path, ...(version ? { sklearn_version: version } : {}) };
}
