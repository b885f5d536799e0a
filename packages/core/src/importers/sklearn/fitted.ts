import { fail } from '../../errors/index.ts';
import {
  NdArray,
  NpScalar,
  PyDict,
  PyFloat,
  PyGlobal,
  PyObject,
  PySet,
  PyTuple,
  repr,
  type Plain,
} from '../../formats/python/index.ts';
import type { Scalar } from '../../signature/index.ts';
import type { Classes } from '../model/prediction.ts';

/** Numbers of an array in row-major order, with its shape. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * Typed access to the fitted state of an estimator. Every accessor checks what it finds: state comes from a file.
 *
 * `path` names the estimator in messages: `pipeline.steps.scale`.
 */
export class Fitted {
  readonly object: PyObject;
  readonly path: string;
  /** `_sklearn_version` as [major, minor]; that of the nearest parent where it is absent. */
  readonly version: readonly [number, number];

  constructor(object: PyObject, path: string, inherited: readonly [number, number] = [1, 0]) {
    this.object = object;
    this.path = path;
    const text = object.attr('_sklearn_version');
    const match = typeof text === 'string' ? /^(\d+)\.(\d+)/.exec(text) : null;
    this.version = match ? [Number(match[1]), Number(match[2])] : inherited;
  }

  get type(): string {
    return this.object.path;
  }

  get name(): string {
    return this.object.name;
  }

  /** True for scikit-learn ≥ major.minor. */
  since(major: number, minor: number): boolean {
    const [ownMajor, ownMinor] = this.version;
    return ownMajor > major || (ownMajor === major && ownMinor >= minor);
  }

  has(name: string): boolean {
    const found = this.object.attr(name);
    return found !== undefined && found !== null;
  }

  /** The attribute as it is; undefined when absent. */
  raw(name: string): Plain | undefined {
    return this.object.attr(name);
  }

  number(name: string, fallback?: number): number {
    const found = asNumber(this.raw(name));
    if (found !== undefined) return found;
    if (fallback !== undefined && !this.has(name)) return fallback;
    throw this.wrong(name, 'a number');
  }

  flag(name: string, fallback?: boolean): boolean {
    const found = unwrap(this.raw(name));
    if (typeof found === 'boolean') return found;
    if (typeof found === 'number') return found !== 0;
    if (fallback !== undefined && !this.has(name)) return fallback;
    throw this.wrong(name, 'True or False');
  }

  text(name: string, fallback?: string): string {
    const found = unwrap(this.raw(name));
    if (typeof found === 'string') return found;
    if (fallback !== undefined && !this.has(name)) return fallback;
    throw this.wrong(name, 'a string');
  }

  /** A numeric array (or a number, as an array without dimensions). */
  array(name: string): Numbers {
    const found = this.optionalArray(name);
    if (!found) throw this.wrong(name, 'an array');
    return found;
  }

  optionalArray(name: string): Numbers | undefined {
    return numbersOf(this.raw(name));
  }

  /** Numbers of an array of any shape; a scalar is repeated `length` times where given. */
  vector(name: string, length?: number): Float64Array {
    const { data } = this.array(name);
    if (length === undefined || data.length === length) return data;
    if (data.length === 1) return new Float64Array(length).fill(data[0] as number);
    throw this.wrong(name, `${length} numbers`);
  }

  /** List, tuple, or array of anything, as plain items. */
  list(name: string): readonly Plain[] {
    const items = itemsOf(this.raw(name));
    if (!items) throw this.wrong(name, 'a list');
    return items;
  }

  object_(name: string): PyObject {
    const found = this.raw(name);
    if (found instanceof PyObject) return found;
    throw this.wrong(name, 'an object');
  }

  /** Strings of `feature_names_in_` and the like; undefined when absent or not all strings. */
  strings(name: string): readonly string[] | undefined {
    const items = itemsOf(this.raw(name));
    return items?.every((item) => typeof item === 'string') ? items : undefined;
  }

  /** Typed access to an object inside this one. */
  within(object: PyObject, name: string): Fitted {
    return new Fitted(object, `${this.path}.${name}`, this.version);
  }

  /** Class labels of `classes_`. */
  classes(name = 'classes_'): Classes {
    const items = itemsOf(this.raw(name));
    if (!items?.length) throw this.wrong(name, 'class labels');
    return classesOf(items, () => this.wrong(name, 'text, integers, floats or booleans'));
  }

  wrong(name: string, expected: string): Error {
    const found = this.raw(name);
    return fail('CORRUPT_FILE', {
      format: this.path,
      problem: `${this.name}.${name} should be ${expected}${found === undefined ? ', but is absent: is the model fitted?' : ''}`,
    });
  }

  unsupported(what: string, advice: string, why = ''): Error {
    return fail('UNSUPPORTED_MODEL', { path: this.path, what, why: why && `: ${why}`, advice });
  }
}

/** NumPy scalars, floats and one-element arrays as JavaScript values. */
export function unwrap(item: Plain | undefined): Plain | undefined {
  if (item instanceof NpScalar) return unwrap(item.value);
  if (item instanceof PyFloat) return item.value;
  if (item instanceof NdArray && item.size === 1 && item.shape.length === 0) return unwrap(item.toList()[0]);
  return item;
}

/** A name or number as text; anything else as Python would show it, shortened. */
export function textOf(item: Plain | undefined): string {
  const plain = unwrap(item);
  if (typeof plain === 'string') return plain;
  return plain === undefined ? '' : repr(plain);
}

export function asNumber(item: Plain | undefined): number | undefined {
  const plain = unwrap(item);
  if (typeof plain === 'number') return plain;
  if (typeof plain === 'boolean' || typeof plain === 'bigint') return Number(plain);
  return undefined;
}

/** Items of a list, tuple, set or array; undefined for anything else. */
export function itemsOf(item: Plain | undefined): readonly Plain[] | undefined {
  if (Array.isArray(item)) return item as readonly Plain[];
  if (item instanceof PyTuple) return item.items;
  if (item instanceof PySet) return item.items;
  if (item instanceof NdArray) return item.toList();
  return undefined;
}

export function numbersOf(item: Plain | undefined): Numbers | undefined {
  if (item instanceof NdArray) return { shape: item.shape, data: item.toFloat64() };
  const single = asNumber(item);
  if (single !== undefined) return { shape: [], data: Float64Array.of(single) };
  const items = itemsOf(item)?.map(asNumber);
  return items?.every((number) => number !== undefined)
    ? { shape: [items.length], data: Float64Array.from(items) }
    : undefined;
}

/** The cell of a category array as users see it; null for NaN and None. */
export function scalarOf(item: Plain): Scalar | null | undefined {
  const plain = unwrap(item);
  if (plain === null || typeof plain === 'string' || typeof plain === 'boolean') return plain;
  if (typeof plain === 'number') return Number.isNaN(plain) ? null : plain;
  if (typeof plain === 'bigint') return Number(plain);
  return undefined;
}

export function classesOf(items: readonly Plain[], wrong: () => Error): Classes {
  const labels = items.map(scalarOf);
  const [first] = labels;
  const isFloat = items.some(
    (item) => item instanceof PyFloat || (item instanceof NpScalar && item.dtype.kind === 'f'),
  );
  if (labels.some((label) => label === null || label === undefined || typeof label !== typeof first)) throw wrong();
  const type =
    typeof first === 'string' ? 'string' : typeof first === 'boolean' ? 'boolean' : isFloat ? 'float' : 'integer';
  return { labels: labels as readonly Scalar[], type };
}

export { NdArray, NpScalar, PyDict, PyFloat, PyGlobal, PyObject, PyTuple, type Plain };
