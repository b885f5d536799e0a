import { PyDict, PyObject, PyTuple, type Plain } from '../../formats/python/index.ts';
import { unwrap } from '../sklearn/fitted.ts';

/** An item of a dict, list or tuple, and its key as `--object` names it. */
export interface Entry {
  readonly key: string;
  readonly value: Plain;
}

/** A class of its own around a dict, without state: OrderedDict and the like. */
export function isContainer(object: PyObject): boolean {
  return object.items !== undefined && object.state === undefined;
}

/** Items of a dict, list or tuple; undefined for anything else. */
export function entriesOf(value: Plain): Entry[] | undefined {
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

/** `model.0` as keys. */
export function keysOf(chosen: string): string[] {
  return chosen.split('.').filter(Boolean);
}

/** What a value is, in words, without walking into it. */
export function describe(value: Plain): string {
  if (value instanceof PyDict) return `a dict with ${value.size} entries`;
  if (value instanceof PyTuple) return `a tuple of ${value.items.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof PyObject) return `an object of class ${value.path}`;
  if (value === null) return 'None';
  return typeof value === 'object'
    ? `a ${value.constructor.name.replace(/^Py|^Np/, '').toLowerCase()}`
    : `a ${typeof value}`;
}
