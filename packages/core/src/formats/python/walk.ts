import { NdArray } from './ndarray.ts';
import { PyDict, PyObject, PySet, PyTuple, type Plain } from './plain.ts';

/**
 * Visits everything that is reachable from a value, each container once, without recursion: shared references and
 * cycles cost nothing, and depth is no limit. `visit` answers false to leave out what is inside.
 */
export function walk(root: Plain, visit: (value: Plain) => boolean | void): void {
  const seen = new Set<Plain>();
  const waiting: Plain[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop() as Plain;
    if (typeof value === 'object' && value !== null) {
      if (seen.has(value)) continue;
      seen.add(value);
    }
    if (visit(value) === false) continue;
    const children = childrenOf(value);
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i] as Plain);
  }
}

const none: readonly Plain[] = [];

/** The values directly inside a container, in the order of the file; empty for anything else. */
export function childrenOf(value: Plain): readonly Plain[] {
  if (typeof value !== 'object' || value === null) return none;
  if (Array.isArray(value)) return value as readonly Plain[];
  if (value instanceof PyTuple || value instanceof PySet) return value.items;
  if (value instanceof PyDict) return value.keys.concat(value.values);
  if (value instanceof NdArray) return value.data instanceof Uint8Array ? none : value.data;
  if (value instanceof PyObject) {
    const parts = [value.callee, ...value.args];
    if (value.state !== undefined) parts.push(value.state);
    if (value.kwargs) parts.push(value.kwargs);
    if (value.appended) parts.push(value.appended);
    if (value.items) parts.push(value.items);
    return parts;
  }
  return none;
}
