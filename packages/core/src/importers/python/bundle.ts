import { fail } from '../../errors/index.ts';
import { PyDict, PyObject, type Plain } from '../../formats/python/index.ts';
import { asNumber, itemsOf, unwrap } from '../sklearn/fitted.ts';
import { fittedOn } from './columns.ts';
import { converters } from './converters.ts';
import { describe, entriesOf, isContainer, keysOf, type Entry } from './entries.ts';

/** The model of a file, and what lay beside it. */
export interface Bundle {
  readonly model: PyObject;
  /** Keys that lead to it; empty when the file is the model itself. */
  readonly path: readonly string[];
  /** What rows pass through before the model: parts that `--object` named, or a vectorizer of exactly its columns. */
  readonly before: readonly Part[];
  /** Transformers beside the model that are not applied. */
  readonly ignored: readonly Part[];
  /** A decision threshold beside the model. */
  readonly threshold: number | undefined;
  /** A label encoder beside the model: its classes are the real labels. */
  readonly labelEncoder: PyObject | undefined;
  /** Column names beside the model, for models that were fitted on arrays. */
  readonly columns: readonly string[] | undefined;
  /** Small plain values beside the model (dates, metrics, notes) as lineage. */
  readonly notes: Readonly<Record<string, unknown>>;
}

/** An estimator in a bundle, and the keys that lead to it. */
export interface Part {
  readonly model: PyObject;
  readonly path: readonly string[];
}

/** Keys under which people save the model itself, best first. */
const MODEL_KEYS = [
  'model',
  'pipeline',
  'pipe',
  'estimator',
  'clf',
  'classifier',
  'regressor',
  'best_model',
  'trained_model',
  'final_model',
];
const THRESHOLD_KEYS = ['threshold', 'best_threshold', 'decision_threshold', 'cutoff'];
const COLUMN_KEYS = ['features', 'feature_names', 'columns', 'feature_columns', 'input_columns', 'feature_cols'];
const MAX_NESTING = 4;

/**
 * Finds the model in what a file holds: the value itself, or a dict, list or tuple around it. `chosen` is `--object`:
 * `model`, or `scaler+model` for what rows pass through first.
 */
export function findModel(root: Plain, chosen?: string): Bundle {
  if (chosen !== undefined) {
    const parts = chosen.split('+').map((keys) => atPath(root, keys));
    return { ...beside(parts.at(-1) as Part, root), before: parts.slice(0, -1) };
  }
  if (root instanceof PyObject && !isContainer(root)) return alone(root);
  const entries = entriesOf(root);
  if (!entries) throw fail('NOT_A_MODEL', { problem: `it is ${describe(root)}.` });
  const models = candidates(root, []);
  if (!models.length)
    throw fail('NOT_A_MODEL', { problem: `it is ${describe(root)} without a model that Slipway knows.` });
  const found = beside(choose(models), root);
  const before = vectorizerOf(found.model, models);
  return { ...found, before, ignored: transformersBeside(found, models, before) };
}

function candidates(value: Plain, path: readonly string[]): Part[] {
  if (value instanceof PyObject && !isContainer(value))
    return converters.has(value.path) ? [{ model: value, path }] : [];
  if (path.length >= MAX_NESTING) return [];
  return (entriesOf(value) ?? []).slice(0, 1000).flatMap((entry) => candidates(entry.value, [...path, entry.key]));
}

/** One predictor wins over transformers; of several, the one under a usual key. */
function choose(models: readonly Part[]): Part {
  const predictors = models.filter(({ model }) => converters.get(model.path)?.predict !== undefined);
  const pool = predictors.length ? predictors : models;
  const [only] = pool;
  if (only && pool.length === 1) return only;
  for (const key of MODEL_KEYS) {
    const named = pool.filter(({ path }) => path.at(-1)?.toLowerCase() === key);
    if (named.length === 1) return named[0] as Part;
  }
  throw fail(
    'NOT_A_MODEL',
    { problem: `it holds several: ${pool.map(({ path, model }) => `${path.join('.')} (${model.name})`).join(', ')}.` },
    { hint: `Choose one with --object, for example --object ${pool[0]?.path.join('.')}.` },
  );
}

const VECTORIZER =
  /^sklearn\.feature_extraction\.(text\.(Count|Tfidf|Hashing)Vectorizer|_dict_vectorizer\.DictVectorizer)$/;

/**
 * `(vectorizer, model)` and the like: a model of terms is of no use without them, and only a vectorizer of exactly its
 * columns can be meant. With `--object` the model is taken alone.
 */
function vectorizerOf(model: PyObject, all: readonly Part[]): readonly Part[] {
  const [only, ...more] = all.filter(({ model: other }) => VECTORIZER.test(other.path));
  if (!only || more.length || VECTORIZER.test(model.path)) return [];
  const { names, count, text } = fittedOn(model, converters);
  return !text && !names && count !== undefined && count === widthOf(only.model) ? [only] : [];
}

/** Scalers, encoders and the like beside a predictor, which its pipeline does not hold already. */
function transformersBeside({ model }: Bundle, all: readonly Part[], before: readonly Part[]): readonly Part[] {
  if (!converters.get(model.path)?.predict) return [];
  const steps = (itemsOf(model.attr('steps')) ?? []).map((step) => itemsOf(step)?.[1]);
  return all.filter((part) => {
    const converter = converters.get(part.model.path);
    return converter?.transform && !converter.predict && !before.includes(part) && !steps.includes(part.model);
  });
}

/** How many columns a vectorizer makes. */
function widthOf(vectorizer: PyObject): number | undefined {
  const terms = vectorizer.attr('vocabulary_');
  return terms instanceof PyDict ? terms.size : asNumber(vectorizer.attr('n_features'));
}

function alone(model: PyObject): Bundle {
  return {
    model,
    path: [],
    before: [],
    ignored: [],
    threshold: undefined,
    labelEncoder: undefined,
    columns: undefined,
    notes: {},
  };
}

/** What lies in the same dict or tuple as the model. */
function beside({ model, path }: Part, root: Plain): Bundle {
  let container = root;
  for (const key of path.slice(0, -1))
    container = entriesOf(container)?.find((entry) => entry.key === key)?.value ?? container;
  const entries = (entriesOf(container) ?? []).filter((entry) => entry.value !== model);
  const find = (keys: readonly string[]): Plain | undefined =>
    entries.find((entry) => keys.includes(entry.key.toLowerCase()))?.value;
  const encoder = entries.find(
    ({ value }) => value instanceof PyObject && value.path === 'sklearn.preprocessing._label.LabelEncoder',
  )?.value;
  const names = itemsOf(find(COLUMN_KEYS));
  return {
    model,
    path,
    before: [],
    ignored: [],
    threshold: asNumber(find(THRESHOLD_KEYS)),
    labelEncoder: encoder instanceof PyObject ? encoder : undefined,
    columns: names?.length && names.every((name) => typeof name === 'string') ? names : undefined,
    notes: Object.fromEntries(entries.flatMap(({ key, value }) => note(key, value))),
  };
}

/** The estimator that keys lead to; the error lists what lies where they end. */
function atPath(root: Plain, chosen: string): Part {
  const path = keysOf(chosen);
  let value: Plain = root;
  for (const key of path) {
    const entries: readonly Entry[] = entriesOf(value) ?? [];
    const next = entries.find((entry) => entry.key === key)?.value;
    if (next === undefined) {
      const keys = entries.map((entry) => entry.key).slice(0, 20);
      throw fail(
        'NOT_A_MODEL',
        { problem: `there is no "${key}" (--object ${chosen}).` },
        {
          hint: keys.length ? `It holds: ${keys.join(', ')}.` : 'The file holds the model itself: leave --object out.',
        },
      );
    }
    value = next;
  }
  if (!(value instanceof PyObject)) throw fail('NOT_A_MODEL', { problem: `${chosen} is ${describe(value)}.` });
  return { model: value, path };
}

function note(key: string, value: Plain): [string, unknown][] {
  const plain = unwrap(value);
  if (typeof plain === 'string') return [[key, plain.slice(0, 500)]];
  if (typeof plain === 'number' || typeof plain === 'boolean') return [[key, plain]];
  if (value instanceof PyDict) {
    const inner = [...value.entries()]
      .slice(0, 50)
      .flatMap(([name, item]) => (typeof name === 'string' ? flat(name, item) : []));
    return inner.length ? [[key, Object.fromEntries(inner)]] : [];
  }
  return [];
}

function flat(key: string, value: Plain): [string, unknown][] {
  const plain = unwrap(value);
  return typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean' ? [[key, plain]] : [];
}
