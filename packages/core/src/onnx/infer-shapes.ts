import { fail } from '../errors/index.ts';
import { sizeOf, type DType } from '../tensor/index.ts';
import type { Dim, Graph, OnnxModel } from './model.ts';
import { shapeRules } from './shapes/index.ts';
import { knownValue } from './shapes/known-values.ts';
import { shapedOf, unknown, type Shaped } from './shapes/shaped.ts';

/** dtype and shape of a value; null where they are not known. Dimensions that follow a symbol are `N` or `3*N`. */
export interface InferredType {
  readonly dtype: DType | null;
  readonly shape: readonly Dim[] | null;
}

/** A single value of more elements for one row is an attack or a mistake: 2 GiB of float64. */
const maxElements = 2 ** 28;

/**
 * Types and shapes of every value of the graph by name.
 *
 * Shapes are computed with numbers, twice, with a different large prime for each symbol; what follows the primes is symbolic.
 */
export function inferShapes(model: OnnxModel): ReadonlyMap<string, InferredType> {
  const symbols = symbolsOf(model.graph);
  let problem: unknown;
  // Small primes are for axes with a limit, such as the positions of a language model.
  for (const from of [10_007, 5]) {
    const primes = primesFrom(from, 2 * Math.max(1, symbols.length));
    const sizes = (list: number) => new Map(symbols.map((symbol, i) => [symbol, primes[2 * i + list] as number]));
    // Two symbols that must be the same number in fact, such as a batch axis that each input calls by a name of its own.
    const one = (list: number) => new Map(symbols.map((symbol) => [symbol, primes[list] as number]));
    for (const assign of symbols.length < 2 ? [sizes] : [sizes, one]) {
      try {
        return inferWith(model, assign(0), assign(1));
      } catch (error) {
        problem ??= error;
      }
    }
  }
  throw problem;
}

function inferWith(
  model: OnnxModel,
  first: ReadonlyMap<string, number>,
  second: ReadonlyMap<string, number>,
): ReadonlyMap<string, InferredType> {
  const a = concreteShapes(model.graph, (symbol) => first.get(symbol) as number, Infinity);
  const b = concreteShapes(model.graph, (symbol) => second.get(symbol) as number, Infinity);
  const result = new Map<string, InferredType>();
  for (const [name, { dtype, shape }] of a) {
    const other = b.get(name)?.shape;
    const dims = shape?.map((dim, i) => symbolic(dim, other?.[i], first, second)) ?? null;
    result.set(name, { dtype, shape: dims });
  }
  return result;
}

/**
 * dtype, shape and, for small integers, elements of every value, with `sizeOfSymbol` rows for each symbol (`N`).
 * Values that would have more than `limit` elements are refused before anything allocates them.
 */
export function concreteShapes(
  graph: Graph,
  sizeOfSymbol: (symbol: string) => number,
  limit = maxElements,
): ReadonlyMap<string, Shaped> {
  const known = new Map<string, Shaped>();
  for (const [name, tensor] of graph.initializers) known.set(name, shapedOf(tensor));
  for (const { name, type } of graph.inputs) {
    if (type.kind !== 'tensor') continue;
    const shape =
      type.shape?.map((dim, i) => (typeof dim === 'number' ? dim : sizeOfSymbol(dim ?? nameless(name, i)))) ?? null;
    known.set(name, { dtype: type.dtype, shape });
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : (known.get(name) ?? unknown)));
    const rule = node.domain === '' || node.domain === 'ai.onnx.ml' ? shapeRules[node.op] : undefined;
    const results = rule?.(node, inputs) ?? [];
    node.outputs.forEach((name, i) => {
      const shaped = results[i] ?? unknown;
      if (shaped.shape && sizeOf(shaped.shape) > limit) throw tooLarge(node.op, shaped.shape);
      const value = i === 0 ? knownValue(node, inputs, shaped) : shaped.value;
      known.set(name, { ...shaped, value });
    });
  }
  return known;
}

function symbolsOf(graph: Graph): string[] {
  const dims = graph.inputs.flatMap(({ name, type }) =>
    type.kind === 'tensor' ? (type.shape ?? []).map((dim, i) => dim ?? nameless(name, i)) : [],
  );
  return [...new Set(dims.filter((dim) => typeof dim === 'string'))];
}

/** The symbol of a dimension without a name: rows (axis 0) are the same everywhere. */
function nameless(input: string, axis: number): string {
  return axis === 0 ? '?' : `?${input}.${axis}`;
}

/** So many primes from an odd number on. */
function primesFrom(start: number, count: number): number[] {
  const primes: number[] = [];
  for (let n = start; primes.length < count; n += 2) {
    let isPrime = true;
    for (let d = 3; d * d <= n && isPrime; d += 2) isPrime = n % d !== 0;
    if (isPrime) primes.push(n);
  }
  return primes;
}

function symbolic(
  dim: number,
  other: number | undefined,
  first: ReadonlyMap<string, number>,
  second: ReadonlyMap<string, number>,
): Dim {
  if (dim === other) return dim;
  for (const [symbol, size] of first) {
    const factor = dim / size;
    if (!Number.isInteger(factor) || other !== factor * (second.get(symbol) as number)) continue;
    if (symbol.startsWith('?')) return null;
    return factor === 1 ? symbol : `${factor}*${symbol}`;
  }
  return null;
}

function tooLarge(op: string, shape: readonly number[]) {
  return fail('LIMIT_EXCEEDED', {
    format: 'ONNX',
    what: `the result of ${op} with shape [${shape.join(', ')}]`,
    limit: `${maxElements} elements`,
  });
}
