import { fail } from '../../errors/index.ts';
import { PyDict, PyObject, PyTuple, type Plain } from '../../formats/python/index.ts';
import { asNumber, itemsOf, unwrap } from '../sklearn/fitted.ts';
import { fittedOn } from './columns.ts';
import { converters } from './converters.ts';

/** The model of a file, and what lay beside it. */
export interface Bundle {
  readonly model: PyObject;
  /** Keys that lead to it; empty when the file is the model itself. */
  readonly path: readonly string[];
  /** A fitted vectorizer beside the model whose columns the model takes: rows pass through it first. */
  readonly vectorizer: PyObject | undefined;
  /** A decision threshold beside the model. */
  readonly threshold: number | undefined;
  /** A label encoder beside the model: its classes are the real labels. */
  readonly labelEncoder: PyObject | undefined;
  /** Column names beside the model, for models that were fitted on arrays. */
  readonly columns: readonly string[] | undefined;
  /** Small plain values beside the model (dates, metrics, notes) as lineage. */
  readonly notes: Readonly<Record<string, unknown>>;
}

interface Entry {
  readonly key: string;
  readonly value: Plain;
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

/** Finds the model in what a file holds: the value itself, or a dict, list or tuple around it. `chosen` is `--object`. */
export function findModel(root: Plain, chosen?: string): Bundle {
  if (chosen !== undefined) return atPath(root, chosen);
  if (root instanceof PyObject && !isContainer(root)) return alone(root);
  const entries = entriesOf(root);
  if (!entries) throw fail('NOT_A_MODEL', { problem: `it is ${describe(root)}.` });
  const models = candidates(root, []);
  if (!models.length)
    throw fail('NOT_A_MODEL', { problem: `it is ${describe(root)} without a model that Slipway knows.` });
  const found = beside(choose(models), root);
  return { ...found, vectorizer: vectorizerOf(found.model, models) };
}

interface Candidate {
  readonly model: PyObject;
  readonly path: readonly string[];
}

function candidates(value: Plain, path: readonly string[]): Candidate[] {
  if (value instanceof PyObject && !isContainer(value))
    return converters.has(value.path) ? [{ model: value, path }] : [];
  if (path.length >= MAX_NESTING) return [];
  return (entriesOf(value) ?? []).slice(0, 1000).flatMap((entry) => candidates(entry.value, [...path, entry.key]));
}

/** One predictor wins over transformers; of several, the one under a usual key. */
function choose(models: readonly Candidate[]): Candidate {
  const predictors = models.filter(({ model }) => converters.get(model.path)?.predict !== undefined);
  const pool = predictors.length ? predictors : models;
  const [only] = pool;
  if (only && pool.length === 1) return only;
  for (const key of MODEL_KEYS) {
    const named = pool.filter(({ path }) => path.at(-1)?.toLowerCase() === key);
    if (named.length === 1) return named[0] as Candidate;
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
function vectorizerOf(model: PyObject, all: readonly Candidate[]): PyObject | undefined {
  const [only, ...more] = all.flatMap(({ model: other }) => (VECTORIZER.test(other.path) ? [other] : []));
  if (!only || more.length || VECTORIZER.test(model.path)) return undefined;
  const { names, count, text } = fittedOn(model, converters);
  return !text && !names && count !== undefined && count === widthOf(only) ? only : undefined;
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
    vectorizer: undefined,
    threshold: undefined,
    labelEncoder: undefined,
    columns: undefined,
    notes: {},
  };
}

/** What lies in the same dict or tuple as the model. */
function beside({ model, path }: Candidate, root: Plain): Bundle {
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
    vectorizer: undefined,
    threshold: asNumber(find(THRESHOLD_KEYS)),
    labelEncoder: encoder instanceof PyObject ? encoder : undefined,
    columns: names?.length && names.every((name) => typeof name === 'string') ? names : undefined,
    notes: Object.fromEntries(entries.flatMap(({ key, value }) => note(key, value))),
  };
}

function atPath(root: Plain, chosen: string): Bundle {
  const path = chosen.split('.').filter(Boolean);
  let value: Plain | undefined = root;
  for (const key of path) {
    const entries: readonly Entry[] = (value !== undefined && entriesOf(value)) || [];
    const next: Plain | undefined = entries.find((entry) => entry.key === key)?.value;
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
  if (!(value instanceof PyObject)) throw fail('NOT_A_MODEL', { problem: `${chosen} is ${describe(value as Plain)}.` });
  return beside({ model: value, path }, root);
}

function isContainer(object: PyObject): boolean {
  return object.items !== undefined && object.state === undefined;
}

function entriesOf(value: Plain): Entry[] | undefined {
  const dict = value instanceof PyDict ? value : value instanceof PyObject ? value.items : undefined;
  if (dict) return [...dict.entries()].map(([key, item]) => ({ key: keyText(key), value: item }));
  const items = Array.isArray(value) ? (value as readonly Plain[]) : value instanceof PyTuple ? value.items : undefined;
  return items?.map((item, i) => ({ key: String(i), value: item }));
}

/** A key as `--object` names it: texts and numbers. */
function keyText(key: Plain): string {
  const plain = unwrap(key);
  return typeof plain === 'string' || typeof plain === 'number' ? String(plain) : '';
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

/** What a value is, in words, without walking into it. */
function describe(value: Plain): string {
  if (value instanceof PyDict) return `a dict with ${value.size} entries`;
  if (value instanceof PyTuple) return `a tuple of ${value.items.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof PyObject) return `an object of class ${value.path}`;
  if (value === null) return 'None';
  return typeof value === 'object'
    ? `a ${value.constructor.name.replace(/^Py|^Np/, '').toLowerCase()}`
    : `a ${typeof value}`;
}
