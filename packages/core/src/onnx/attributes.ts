import { fail } from '../errors/index.ts';
import { codeOf } from './dtypes.ts';
import { IntList } from './int-list.ts';
import type { DType, Tensor } from '../tensor/index.ts';
import type { Attribute, Graph, Node } from './model.ts';

/**
 * What an attribute may be written as: integers and booleans are `int`, lists of numbers `ints`, `Float32Array` `floats`.
 * A float needs its wrapper, since 1 and 1.0 are the same number here; an empty list of strings does too.
 */
export type AttributeValue =
  | number
  | bigint
  | boolean
  | string
  | readonly number[]
  | readonly string[]
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Tensor
  | { readonly float: number }
  | { readonly floats: ArrayLike<number> }
  | { readonly strings: readonly string[] }
  | { readonly dtype: DType; readonly shape?: undefined }
  | { readonly graph: Graph };

/** The tagged form of a written attribute. `{dtype}` becomes the number that `to` of Cast wants. */
export function attribute(name: string, value: AttributeValue): Attribute {
  if (typeof value === 'number') return { kind: 'int', value: integer(name, value) };
  if (typeof value === 'bigint') return { kind: 'int', value };
  if (typeof value === 'boolean') return { kind: 'int', value: value ? 1 : 0 };
  if (typeof value === 'string') return { kind: 'string', value };
  if (value instanceof Float32Array) return { kind: 'floats', value };
  if (value instanceof Int32Array || value instanceof BigInt64Array) return { kind: 'ints', value };
  if (isList(value)) {
    if (isStrings(value)) return { kind: 'strings', value };
    const list = new IntList();
    list.reserve(value.length);
    for (const item of value) list.push(integer(name, item));
    return { kind: 'ints', value: list.values() };
  }
  if ('float' in value) return { kind: 'float', value: value.float };
  if ('floats' in value) return { kind: 'floats', value: Float32Array.from(value.floats) };
  if ('strings' in value) return { kind: 'strings', value: value.strings };
  if ('graph' in value) return { kind: 'graph', value: value.graph };
  if (value.shape === undefined) return { kind: 'int', value: codeOf(value.dtype) };
  return { kind: 'tensor', value };
}

/** An integer attribute as a number. */
export function intOf(node: Node, name: string, absent?: number): number {
  const found = node.attributes.get(name);
  if (found === undefined && absent !== undefined) return absent;
  if (found?.kind === 'int') return Number(found.value);
  throw wrong(node, name, 'an integer', found);
}

export function floatOf(node: Node, name: string, absent?: number): number {
  const found = node.attributes.get(name);
  if (found === undefined && absent !== undefined) return absent;
  if (found?.kind === 'float') return found.value;
  throw wrong(node, name, 'a float', found);
}

export function stringOf(node: Node, name: string, absent?: string): string {
  const found = node.attributes.get(name);
  if (found === undefined && absent !== undefined) return absent;
  if (found?.kind === 'string') return found.value;
  throw wrong(node, name, 'a string', found);
}

/** A list of integers, or undefined where the node has none. An empty list of another kind passes: writers cannot tell them apart. */
export function intsOf(node: Node, name: string): Int32Array | BigInt64Array | readonly number[] | undefined {
  const found = node.attributes.get(name);
  if (found === undefined) return undefined;
  if (found.kind === 'ints') return found.value;
  if ((found.kind === 'floats' || found.kind === 'strings') && found.value.length === 0) return [];
  throw wrong(node, name, 'a list of integers', found);
}

export function floatsOf(node: Node, name: string): Float32Array | undefined {
  const found = node.attributes.get(name);
  if (found === undefined) return undefined;
  if (found.kind === 'floats') return found.value;
  if ((found.kind === 'ints' || found.kind === 'strings') && found.value.length === 0) return new Float32Array(0);
  throw wrong(node, name, 'a list of floats', found);
}

export function stringsOf(node: Node, name: string): readonly string[] | undefined {
  const found = node.attributes.get(name);
  if (found === undefined) return undefined;
  if (found.kind === 'strings') return found.value;
  if ((found.kind === 'floats' || found.kind === 'ints') && found.value.length === 0) return [];
  throw wrong(node, name, 'a list of strings', found);
}

export function tensorOf(node: Node, name: string): Tensor | undefined {
  const found = node.attributes.get(name);
  if (found === undefined) return undefined;
  if (found.kind === 'tensor') return found.value;
  throw wrong(node, name, 'a tensor', found);
}

function integer(name: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new Error(`attribute ${name} = ${value} is not an integer; write { float: ${value} }`);
}

function isList(value: AttributeValue): value is readonly number[] | readonly string[] {
  return Array.isArray(value);
}

function isStrings(value: readonly number[] | readonly string[]): value is readonly string[] {
  return typeof value[0] === 'string';
}

function wrong(node: Node, name: string, expected: string, found: Attribute | undefined) {
  const received = found === undefined ? 'it is missing' : `it is of kind ${found.kind}`;
  return fail('INVALID_GRAPH', { problem: `${node.op} needs ${expected} as attribute ${name}, and ${received}.` });
}
