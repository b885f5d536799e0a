import { NdArray, NpDtype, PyDict, PyObject, type Plain } from '../python/index.ts';
import type { Budget } from './budget.ts';
import type { Cursor } from './cursor.ts';
import { fillArray, fillDtype } from './numpy.ts';

/** The opcode BUILD: gives `target` its state. Names, lists, tuples and numbers have no state that BUILD could set. */
export function build(target: Plain, state: Plain, cursor: Cursor, budget: Budget): void {
  if (target instanceof PyObject) {
    // Python would merge; no library writes that, and repeated merging could be made endless work.
    if (target.state !== undefined) throw cursor.corrupt('the state of an object is set twice');
    target.state = state;
  } else if (target instanceof NdArray) {
    fillArray(target, state, budget);
  } else if (target instanceof NpDtype) {
    fillDtype(target, state);
  } else if (!(target instanceof PyDict)) {
    throw cursor.corrupt('the opcode BUILD is applied to something that has no state');
  }
  // Attributes set on an OrderedDict or defaultdict itself are of no use to anybody.
}

/** The opcodes APPEND and APPENDS: on lists, and on objects of list-like classes. */
export function append(target: Plain, items: readonly Plain[], cursor: Cursor): void {
  const list = Array.isArray(target)
    ? (target as Plain[])
    : target instanceof PyObject
      ? (target.appended ??= [])
      : undefined;
  if (!list) throw cursor.corrupt('an item is appended to something that is no list');
  for (const item of items) list.push(item);
}

/** The opcodes SETITEM, SETITEMS and DICT: keys and values alternate. */
export function setItems(target: Plain, items: readonly Plain[], cursor: Cursor, budget: Budget): void {
  const dict =
    target instanceof PyDict ? target : target instanceof PyObject ? (target.items ??= new PyDict()) : undefined;
  if (!dict) throw cursor.corrupt('an entry is set in something that is no dict');
  if (items.length % 2 !== 0) throw cursor.corrupt('a dict has a key without a value');
  budget.object(items.length / 2);
  for (let i = 0; i < items.length; i += 2) dict.set(items[i] as Plain, items[i + 1] as Plain);
}
