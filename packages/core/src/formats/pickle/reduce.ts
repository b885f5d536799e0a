import { PyBytes, PyDict, PyGlobal, PyObject, PySet, PyTuple, type Plain } from '../python/index.ts';
import { latin1Bytes } from '../text.ts';
import type { Budget } from './budget.ts';
import { arrayFromBuffer, dtypeFromText, makeScalar, reconstructArray } from './numpy.ts';

/** Makes plain data of a known callable's arguments; undefined where they are not the usual ones. */
type Handler = (args: readonly Plain[], budget: Budget) => Plain | undefined;

const none: readonly Plain[] = [];

/** The only callables whose results are made: containers, bytes, and NumPy's arrays, dtypes and scalars. All others stay names. */
const handlers = new Map<string, Handler>([
  ['numpy._core.multiarray._reconstruct', reconstructArray],
  ['numpy._core.multiarray.scalar', makeScalar],
  ['numpy._core.numeric._frombuffer', arrayFromBuffer],
  ['numpy.dtype', dtypeFromText],
  ['_codecs.encode', encode],
  ['builtins.bytes', (args) => (args.length === 0 ? new PyBytes(new Uint8Array(0)) : undefined)],
  ['builtins.bytearray', bytearray],
  ['builtins.set', (args) => set(args, false)],
  ['builtins.frozenset', (args) => set(args, true)],
  ['builtins.list', (args) => (args.length === 0 ? [] : undefined)],
  ['builtins.tuple', tuple],
  ['builtins.dict', (args) => (args.length === 0 ? new PyDict() : undefined)],
  ['collections.OrderedDict', orderedDict],
  ['collections.defaultdict', (args) => (args.length <= 1 ? new PyDict() : undefined)],
  ['copyreg._reconstructor', reconstructor],
  [
    'copyreg.__newobj__',
    (args) => (args.length > 0 ? new PyObject(args[0] as Plain, args.slice(1), 'new') : undefined),
  ],
  ['copyreg.__newobj_ex__', newObjectEx],
]);

/** What REDUCE leaves on the stack: plain data of a known callable, else a record of the call that nobody makes. */
export function reduce(callee: Plain, args: readonly Plain[], budget: Budget): Plain {
  const handler = callee instanceof PyGlobal ? handlers.get(callee.path) : undefined;
  return handler?.(args, budget) ?? new PyObject(callee, args, 'call');
}

/** Protocol 2 writes bytes as `_codecs.encode(text, 'latin1')`. */
function encode([text, encoding]: readonly Plain[], budget: Budget): Plain | undefined {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) return undefined;
  budget.copy(text.length);
  const bytes = latin1Bytes(text);
  return bytes && new PyBytes(bytes);
}

function bytearray(args: readonly Plain[], budget: Budget): Plain | undefined {
  if (args.length === 0) return new PyBytes(new Uint8Array(0));
  return args[0] instanceof PyBytes ? args[0] : encode(args, budget);
}

/** The items are shared with the list, not copied: a list in the memo could be copied without end. */
function set([items]: readonly Plain[], frozen: boolean): Plain | undefined {
  if (items === undefined) return new PySet([], frozen);
  return Array.isArray(items) ? new PySet(items as Plain[], frozen) : undefined;
}

function tuple([items]: readonly Plain[]): Plain | undefined {
  if (items === undefined) return new PyTuple(none);
  return Array.isArray(items) ? new PyTuple(items as readonly Plain[]) : undefined;
}

/** Python 2 passes the entries as a list of pairs; Python 3 sets them afterwards. */
function orderedDict([pairs]: readonly Plain[], budget: Budget): Plain | undefined {
  const dict = new PyDict();
  if (pairs === undefined) return dict;
  if (!Array.isArray(pairs)) return undefined;
  budget.object(pairs.length);
  for (const pair of pairs as readonly Plain[]) {
    const entry = pair instanceof PyTuple ? pair.items : pair;
    if (!Array.isArray(entry) || entry.length !== 2) return undefined;
    dict.set(entry[0] as Plain, entry[1] as Plain);
  }
  return dict;
}

/** Protocols 0 and 1 write every object as `copyreg._reconstructor(cls, base, base_state)`; the base is `object` but for containers. */
function reconstructor([cls, base, state]: readonly Plain[]): Plain | undefined {
  if (cls === undefined) return undefined;
  if (state === undefined || state === null) return new PyObject(cls, none, 'new');
  // A tuple's own class, such as a namedtuple, takes its items: later protocols write the same call.
  if (base instanceof PyGlobal && base.path === 'builtins.tuple' && state instanceof PyTuple)
    return new PyObject(cls, state.items, 'new');
  const object = new PyObject(cls, base instanceof PyGlobal && isContainer(base) ? none : [state], 'new');
  if (object.args.length === 0 && state instanceof PyDict) object.items = state;
  if (object.args.length === 0 && Array.isArray(state)) object.appended = state as Plain[];
  return object;
}

function isContainer(base: PyGlobal): boolean {
  return base.path === 'builtins.dict' || base.path === 'builtins.list';
}

function newObjectEx([cls, args, kwargs]: readonly Plain[]): Plain | undefined {
  return cls !== undefined && args instanceof PyTuple ? newObject(cls, args.items, kwargs) : undefined;
}

/** An instance of `cls` with the arguments of `__new__`. */
export function newObject(cls: Plain, args: readonly Plain[], kwargs?: Plain): PyObject {
  const object = new PyObject(cls, args, 'new');
  if (kwargs instanceof PyDict && kwargs.size > 0) object.kwargs = kwargs;
  return object;
}
