import { isWithin } from '../signature/limits.ts';
import { demands } from './demands.ts';
import type { TreeEnsemble } from './trees.ts';
import { topological, type Model, type Value } from './value.ts';

/** Deterministic pseudo-random numbers in [0, 1): mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const MAX_CANDIDATES = 4096;

/**
 * Rows on which executors would differ if they differed anywhere: around each tree threshold (± 1 ulp in float64 and
 * float32), known categories and unknown ones, missing values where they are accepted, zeros and large numbers.
 *
 * A row has a cell for each input: number, or string. NaN and null stand for missing.
 */
export function adversarialRows(model: Model, count: number, seed = 1): (number | string | null)[][] {
  const random = seededRandom(seed);
  const pools = candidates(model);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  return Array.from({ length: count }, (_, i) =>
    // The first rows walk through every pool in step, so that each candidate is tried once before chance decides.
    model.inputs.map((_input, column) => {
      const pool = pools[column] as readonly (number | string | null)[];
      return i < pool.length && i < count / 2 ? (pool[(i + column * 7) % pool.length] as number) : pick(pool);
    }),
  );
}

function candidates(model: Model): (number | string | null)[][] {
  const asked = demands(model);
  const thresholds = thresholdsByInput(model);
  return model.inputs.map((input) => {
    const demand = asked[input.params.position] ?? {};
    const known = demand.categories?.values.map((value) => (typeof value === 'boolean' ? Number(value) : value)) ?? [];
    const isText = input.dtype === 'string';
    const pool = new Set<number | string | null>(known.filter((value) => value !== null));
    if (!demand.categories?.closed) {
      if (isText) for (const text of ['', 'unknown ✓', 'İ', ' a']) pool.add(text);
      else
        for (const number of [0, -0, 1, -1, 0.5, 2.5, 1e-35, 100, -1e6, 1e9]) {
          if (isWithin(demand.limits ?? [], number)) pool.add(number);
        }
    }
    for (const threshold of thresholds.get(input) ?? []) for (const near of neighbours(threshold)) pool.add(near);
    if (!demand.present) pool.add(isText ? null : NaN);
    if (!pool.size) pool.add(isText ? '' : 0);
    return [...pool].slice(0, MAX_CANDIDATES);
  });
}

/** The number itself and its neighbours in float64 and float32. */
export function neighbours(x: number): number[] {
  const single = Math.fround(x);
  return [x, step(x, 1), step(x, -1), single, step32(single, 1), step32(single, -1)].filter(Number.isFinite);
}

const float64 = new Float64Array(1);
const bits64 = new BigInt64Array(float64.buffer);
const float32 = new Float32Array(1);
const bits32 = new Int32Array(float32.buffer);

function step(x: number, by: 1 | -1): number {
  if (x === 0) return by * Number.MIN_VALUE;
  float64[0] = x;
  bits64[0] = (bits64[0] as bigint) + BigInt(x > 0 ? by : -by);
  return float64[0];
}

function step32(x: number, by: 1 | -1): number {
  if (x === 0) return by * 2 ** -149;
  float32[0] = x;
  bits32[0] = (bits32[0] as number) + (x > 0 ? by : -by);
  return float32[0];
}

/**
 * Raw column values that sit on thresholds: only where the way from the column to the trees keeps the value (casts,
 * imputation, selection, joining); through a scaler the threshold is mapped back approximately.
 */
function thresholdsByInput(model: Model): Map<Value, number[]> {
  const found = new Map<Value, number[]>();
  for (const value of topological(model.outputs.map((output) => output.value))) {
    const trees = treesOf(value);
    const [x] = value.inputs;
    if (!trees || !x) continue;
    // Of a big forest the first trees have enough.
    const isFull = new Uint8Array(x.width);
    for (let node = 0; node < trees.feature.length; node++) {
      const feature = trees.feature[node] as number;
      if (feature < 0 || isFull[feature]) continue;
      const origin = trace(x, feature, trees.threshold[node] as number);
      if (!origin) continue;
      const list = found.get(origin.input) ?? [];
      if (list.length < MAX_CANDIDATES / 6) list.push(origin.threshold);
      else isFull[feature] = 1;
      found.set(origin.input, list);
    }
  }
  return found;
}

function treesOf(value: Value): TreeEnsemble | undefined {
  if (value.op.id === 'forest') return (value.params as { trees: TreeEnsemble }).trees;
  return value.op.id === 'eachTree' ? (value.params as TreeEnsemble) : undefined;
}

/** Follows one position back to the input it comes from, undoing constants on the way. */
function trace(from: Value, position: number, threshold: number): { input: Value; threshold: number } | undefined {
  let value = from;
  let at = position;
  let limit = threshold;
  for (let hops = 0; hops < 100; hops++) {
    if (value.op.id === 'input') return { input: value, threshold: limit };
    const [a, b] = value.inputs;
    if (!a) return undefined;
    switch (value.op.id) {
      case 'cast':
      case 'impute':
      case 'require':
        break;
      case 'select':
        at = (value.params as readonly number[])[at] as number;
        break;
      case 'concat': {
        const part = value.inputs.find((candidate) => (at < candidate.width ? true : ((at -= candidate.width), false)));
        if (!part) return undefined;
        value = part;
        continue;
      }
      case 'subtract':
      case 'add':
      case 'divide':
      case 'multiply': {
        if (b?.op.id !== 'constant') return undefined;
        const numbers = b.params as Float64Array;
        const other = numbers[numbers.length === 1 ? 0 : at] as number;
        if (value.op.id === 'subtract') limit += other;
        if (value.op.id === 'add') limit -= other;
        if (value.op.id === 'divide') limit *= other;
        if (value.op.id === 'multiply') limit /= other;
        break;
      }
      default:
        return undefined;
    }
    value = a;
    if (value.width === 1) at = 0;
  }
  return undefined;
}
