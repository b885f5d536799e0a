import { fail } from '../../errors/index.ts';
import type { Archive } from '../archive/index.ts';
import type { Inflate } from '../compression/port.ts';
import { defaultLimits, type Limits } from '../limits/index.ts';
import { readNpy, readNpz } from '../npy/index.ts';
import { refuseDangerous } from '../pickle/index.ts';
import {
  NdArray,
  NpScalar,
  PyBytes,
  PyDict,
  PyFloat,
  PyGlobal,
  PyObject,
  PySet,
  PyTuple,
  type Plain,
} from '../python/index.ts';
import type { PythonFile, ReadPythonOptions } from '../python-file.ts';
import { readZip } from '../zip/index.ts';

const SCHEMA = 'schema.json';
const FORMAT = 'skops';

/** A node of schema.json. Every field is checked where it is used. */
type Node = Readonly<Record<string, unknown>>;

/** True for archives that skops wrote. */
export function isSkops(archive: Archive): boolean {
  return archive.entries.has(SCHEMA);
}

/**
 * Reads a skops file: a zip with a tree of nodes in schema.json and an `.npy` or `.npz` for each array. The result is the
 * same plain data that a pickle of the object would give.
 *
 * @see skops/io/_general.py, _numpy.py, _scipy.py, _sklearn.py (protocols 0 to 2)
 */
export function readSkops(file: Uint8Array, options: ReadPythonOptions): PythonFile {
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const archive = readZip(file, options.inflate, limits);
  const schema = archive.entries.get(SCHEMA);
  if (!schema) throw damaged('schema.json is missing');
  const reader = new Reader(archive, options.inflate, limits);
  const root = parse(schema.read());
  const value = reader.value(root, 0);
  if (!options.allowUnsafe) refuseDangerous(reader.globals);
  return {
    value,
    globals: reader.globals,
    protocol: Number(root['protocol'] ?? 0),
    trailing: false,
    container: FORMAT,
    warnings: [],
  };
}

function parse(bytes: Uint8Array): Node {
  try {
    return asNode(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: FORMAT, problem: 'schema.json is no JSON object' }, { cause });
  }
}

class Reader {
  readonly globals = new Map<string, number>();
  readonly #archive: Archive;
  readonly #inflate: Inflate;
  readonly #limits: Limits;
  readonly #known = new Map<unknown, Plain>();

  constructor(archive: Archive, inflate: Inflate, limits: Limits) {
    this.#archive = archive;
    this.#inflate = inflate;
    this.#limits = limits;
  }

  value(from: unknown, depth: number): Plain {
    if (depth > this.#limits.walkDepth)
      throw fail('LIMIT_EXCEEDED', { format: FORMAT, what: 'nesting', limit: this.#limits.walkDepth });
    const node = asNode(from);
    const id = node['__id__'];
    if (node['__loader__'] === 'CachedNode') {
      const known = this.#known.get(id);
      if (known === undefined) throw damaged('a reference to an object that is not there');
      return known;
    }
    const value = this.#build(node, depth + 1);
    if (id !== undefined) this.#known.set(id, value);
    return value;
  }

  #build(node: Node, depth: number): Plain {
    const { content } = node;
    switch (node['__loader__']) {
      case 'JsonNode':
        return jsonOf(text(content));
      case 'DictNode':
      case 'OrderedDictNode':
      case 'DefaultDictNode':
        return this.#dict(node, depth);
      case 'ListNode':
        return this.#items(content, depth);
      case 'TupleNode':
        return new PyTuple(this.#items(content, depth));
      case 'SetNode':
        return new PySet(this.#items(content, depth), false);
      case 'SliceNode':
        return this.#slice(asNode(content));
      case 'TypeNode':
        return this.#global(node);
      case 'FunctionNode': {
        // From skops 0.10 on the function stands in the node itself.
        if (content === undefined) return this.#global(node);
        const { module_path: module, function: name } = asNode(content);
        return this.#named(text(module), text(name));
      }
      case 'BytesNode':
      case 'BytearrayNode':
        return new PyBytes(this.#file(node));
      case 'NdArrayNode':
        return this.#array(node, depth);
      case 'MaskedArrayNode':
        return this.#object(node, [this.value(asNode(content)['data'], depth)], 'call', undefined);
      case 'DTypeNode': {
        const like = this.value(content, depth);
        return this.#object(
          node,
          like instanceof NdArray ? [like.dtype.kind + String(like.dtype.itemSize)] : [],
          'call',
          undefined,
        );
      }
      case 'SparseMatrixNode':
        return this.#sparse(node);
      case 'PartialNode': {
        const parts = asNode(content);
        const state = new PyTuple([
          this.value(parts['func'], depth),
          this.value(parts['args'], depth),
          this.value(parts['kwds'] ?? parts['kwargs'], depth),
        ]);
        return this.#object(node, [state.items[0] as Plain], 'call', state);
      }
      case 'MethodNode':
      case 'OperatorFuncNode':
      case 'RandomStateNode':
      case 'RandomGeneratorNode':
        return this.#object(node, [], 'new', undefined); // names only: no converter reads what is inside
      default:
        return this.#anyObject(node, depth);
    }
  }

  /** ObjectNode, and the nodes of classes that reduce (trees, losses): `__reduce__` holds the arguments. */
  #anyObject(node: Node, depth: number): PyObject {
    const reduce = node['__reduce__'];
    const given = reduce === undefined ? undefined : this.value(asNode(reduce)['args'], depth);
    const args = given instanceof PyTuple ? given.items : Array.isArray(given) ? (given as readonly Plain[]) : [];
    const object = this.#object(node, args, reduce === undefined ? 'new' : 'call', undefined);
    if (node['__id__'] !== undefined) this.#known.set(node['__id__'], object); // state may refer to its owner
    const state = node['content'] ?? node['attrs'];
    object.state = state === null || state === undefined ? undefined : this.value(state, depth);
    return object;
  }

  #object(node: Node, args: readonly Plain[], how: 'new' | 'call', state: Plain | undefined): PyObject {
    const object = new PyObject(this.#global(node), args, how);
    object.state = state;
    return object;
  }

  #global(node: Node): PyGlobal {
    return this.#named(text(node['__module__']), text(node['__class__']));
  }

  #named(module: string, name: string): PyGlobal {
    const path = `${module}.${name}`;
    this.globals.set(path, (this.globals.get(path) ?? 0) + 1);
    return new PyGlobal(module, name);
  }

  #items(content: unknown, depth: number): Plain[] {
    if (!Array.isArray(content)) throw damaged('a list without items');
    return content.map((item: unknown) => this.value(item, depth));
  }

  /** Keys are JSON texts; `key_types` says what they were. */
  #dict(node: Node, depth: number): PyDict {
    const dict = new PyDict();
    const types = asNode(node['key_types'] ?? {})['content'];
    Object.entries(asNode(node['content'])).forEach(([key, value], i) => {
      const type = Array.isArray(types) ? asNode(types[i])['__class__'] : 'str';
      dict.set(keyOf(key, type), this.value(value, depth));
    });
    return dict;
  }

  #slice({ start, stop, step }: Node): PyObject {
    return new PyObject(new PyGlobal('builtins', 'slice'), [start, stop, step].map(plainOf), 'call');
  }

  #array(node: Node, depth: number): Plain {
    if (node['type'] === 'json') {
      const shape = this.value(node['shape'], depth);
      const dims = shape instanceof PyTuple ? shape.items.map(Number) : [];
      const items = this.#items(node['content'], depth);
      const flat = dims.length > 1 ? flatten(items, dims.length) : items;
      if (flat.length !== dims.reduce((product, dim) => product * dim, 1))
        throw damaged('an array does not fit its shape');
      return new NdArray(dims, { kind: 'O', itemSize: 8, littleEndian: true }, false, flat);
    }
    const { array, globals } = readNpy(this.#file(node), this.#limits);
    for (const [path, count] of globals) this.globals.set(path, (this.globals.get(path) ?? 0) + count);
    if (node['__class__'] === 'ndarray' || array.shape.length) return array;
    return new NpScalar(array.dtype, array.toList()[0] as Plain);
  }

  #sparse(node: Node): PyObject {
    const { arrays } = readNpz(this.#file(node), this.#inflate, this.#limits);
    const state = new PyDict();
    for (const name of ['data', 'indices', 'indptr', 'offsets', 'row', 'col']) {
      const array = arrays.get(name);
      if (array) state.set(name, array);
    }
    const shape = arrays.get('shape');
    if (shape) state.set('_shape', new PyTuple(shape.toList()));
    return this.#object(node, [], 'new', state);
  }

  #file(node: Node): Uint8Array {
    const name = text(node['file']);
    const entry = this.#archive.entries.get(name);
    if (!entry) throw damaged(`the file ${JSON.stringify(name.slice(0, 80))} is missing`);
    return entry.read();
  }
}

function flatten(items: readonly Plain[], depth: number): Plain[] {
  if (depth <= 1) return [...items];
  return items.flatMap((item) =>
    flatten(item instanceof PyTuple ? item.items : ((item ?? []) as readonly Plain[]), depth - 1),
  );
}

function keyOf(key: string, type: unknown): Plain {
  if (type === 'int' || type === 'int64') return Number(key);
  if (type === 'float' || type === 'float64') return new PyFloat(Number(key));
  if (type === 'bool') return key === 'True' || key === 'true';
  return type === 'NoneType' ? null : key;
}

/** JSON text of a JsonNode. `1.0` is a float there, although JSON does not tell it from 1. */
function jsonOf(json: string): Plain {
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(json))
    return /[.eE]/.test(json) ? new PyFloat(Number(json)) : plainOf(JSON.parse(json));
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return new PyFloat(Number(json));
  try {
    return plainOf(JSON.parse(json) as unknown);
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: FORMAT, problem: 'a value is no JSON' }, { cause });
  }
}

function plainOf(json: unknown): Plain {
  if (json === null || json === undefined) return null;
  if (typeof json === 'string' || typeof json === 'boolean') return json;
  if (typeof json === 'number') return Number.isInteger(json) ? json : new PyFloat(json);
  if (Array.isArray(json)) return json.map(plainOf);
  const dict = new PyDict();
  for (const [key, value] of Object.entries(json)) dict.set(key, plainOf(value));
  return dict;
}

function asNode(value: unknown): Node {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('a node of schema.json is no object');
  return value as Node;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw damaged('a node of schema.json lacks a text');
  return value;
}

function damaged(problem: string): Error {
  return fail('CORRUPT_FILE', { format: FORMAT, problem });
}
