import type { NdArray } from './ndarray.ts';
import { NpScalar, type NpDtype } from './scalar.ts';

/**
 * What a file of Python objects holds, as data: nothing here was ever called.
 *
 * `null`, booleans, strings and integers are JavaScript values (bigint beyond 2^53); floats stay distinguishable
 * from integers in `PyFloat`, because `1` and `1.0` are different class labels. A list is an array.
 */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Plain[]
  | PyFloat
  | PyBytes
  | PyTuple
  | PyDict
  | PySet
  | PyGlobal
  | PyObject
  | NdArray
  | NpScalar
  | NpDtype;

/** A Python float. */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Python bytes or a bytearray; a view on the file. */
export class PyBytes {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A Python tuple. */
export class PyTuple {
  readonly items: readonly Plain[];
  constructor(items: readonly Plain[]) {
    this.items = items;
  }
}

/** A Python set, or a frozenset. Items are in the order of the file. */
export class PySet {
  readonly items: Plain[];
  readonly frozen: boolean;
  constructor(items: Plain[], frozen: boolean) {
    this.items = items;
    this.frozen = frozen;
  }
}

/** Up to this size a dict is searched from the front; larger ones have an index. Most dicts of a model are small. */
const SMALL = 8;

/**
 * A dict in insertion order. Keys are never JavaScript property names, so `__proto__` is a key like any other.
 *
 * Strings, numbers and booleans follow Python's equality: `1`, `1.0`, `True` and `np.int64(1)` are one key.
 */
export class PyDict {
  readonly keys: Plain[] = [];
  readonly values: Plain[] = [];
  #index: Map<unknown, number> | undefined;

  /** Sets an entry; a key that exists keeps its place, as in Python. Tuples and other composed keys are always added. */
  set(key: Plain, value: Plain): void {
    const identity = keyIdentity(key);
    const at = identity === undefined ? -1 : this.#find(identity);
    if (at >= 0) {
      this.values[at] = value;
      return;
    }
    if (identity !== undefined) this.#index?.set(identity, this.keys.length);
    this.keys.push(key);
    this.values.push(value);
  }

  /** The value of a string, number, boolean or None key; undefined when there is none. */
  get(key: Plain): Plain | undefined {
    const identity = keyIdentity(key);
    const at = identity === undefined ? -1 : this.#find(identity);
    return at < 0 ? undefined : this.values[at];
  }

  get size(): number {
    return this.keys.length;
  }

  *entries(): IterableIterator<[Plain, Plain]> {
    for (let i = 0; i < this.keys.length; i++) yield [this.keys[i] as Plain, this.values[i] as Plain];
  }

  #find(identity: unknown): number {
    const { keys } = this;
    if (keys.length <= SMALL) return keys.findIndex((key) => keyIdentity(key) === identity);
    if (!this.#index) {
      this.#index = new Map();
      for (let i = 0; i < keys.length; i++) {
        const known = keyIdentity(keys[i] as Plain);
        if (known !== undefined) this.#index.set(known, i);
      }
    }
    return this.#index.get(identity) ?? -1;
  }
}

/** What makes two keys the same; undefined for NaN and composed keys, which are never looked up. */
function keyIdentity(key: Plain): string | number | bigint | null | undefined {
  if (typeof key === 'string' || key === null) return key;
  if (typeof key === 'boolean') return Number(key);
  if (key instanceof PyFloat) return keyIdentity(key.value);
  if (key instanceof NpScalar) return keyIdentity(key.value);
  if (typeof key === 'number') return Number.isNaN(key) ? undefined : key;
  return typeof key === 'bigint' ? key : undefined;
}

/** A module-level name, such as `sklearn.pipeline.Pipeline`. A name only: it is never looked up. */
export class PyGlobal {
  readonly module: string;
  readonly name: string;
  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An object as its pickle describes it: class (or callable), arguments, and the state that would be set on it. */
export class PyObject {
  readonly callee: Plain;
  readonly args: readonly Plain[];
  /** `new`: an instance of the class `callee`; `call`: whatever calling `callee` would return. */
  readonly how: 'new' | 'call';
  state: Plain | undefined;
  /** Appended list items and set dict items, for subclasses of list and dict. */
  appended: Plain[] | undefined;
  items: PyDict | undefined;
  /** Keyword arguments of `__new__`. */
  kwargs: PyDict | undefined;

  constructor(callee: Plain, args: readonly Plain[], how: 'new' | 'call') {
    this.callee = callee;
    this.args = args;
    this.how = how;
  }

  /** Dotted class path; `?` when the callee is not a plain name. */
  get path(): string {
    return this.callee instanceof PyGlobal ? this.callee.path : '?';
  }

  /** Class name without its module. */
  get name(): string {
    return this.callee instanceof PyGlobal ? this.callee.name : '?';
  }

  /** An attribute of the instance (`__dict__` or slots), or undefined. */
  attr(name: string): Plain | undefined {
    const { state } = this;
    if (state instanceof PyDict) return state.get(name);
    if (state instanceof PyTuple) {
      for (const part of state.items) {
        const value = part instanceof PyDict ? part.get(name) : undefined;
        if (value !== undefined) return value;
      }
    }
    return undefined;
  }
}
