import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { writeOnnx } from '../../onnx/index.ts';
import { emit } from '../emit.ts';
import { evaluator } from '../evaluate.ts';
import { input, value, type InputParams, type Model, type Value } from '../value.ts';
import * as ops from './index.ts';

/** Numbers in [0, 1) from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The answers of the plain reference and of ONNX Runtime with all its optimisations, row by row. */
async function answers(width: number, build: (x: Value) => Value, rows: readonly (readonly number[])[]) {
  const inputs = Array.from(
    { length: width },
    (_, i) => value(input, { name: `x${i}`, position: i }, [], 'float64', 1) as Value<InputParams>,
  );
  const model: Model = {
    inputs,
    form: 'array',
    outputs: [{ name: 'y', value: build(ops.concat(inputs)), flat: false }],
  };
  const session = await ort.InferenceSession.create(writeOnnx(emit(model)), { logSeverityLevel: 3 });
  const { y } = await session.run({
    X: new ort.Tensor('float64', Float64Array.from(rows.flat()), [rows.length, width]),
  });
  await session.release();
  const flat = Array.from(y?.data as unknown as ArrayLike<number | bigint>, Number);
  const size = flat.length / rows.length;
  const reference = evaluator(model);
  return {
    onnx: rows.map((_, r) => flat.slice(r * size, (r + 1) * size)),
    plain: rows.map((row) => Array.from(reference(row).get('y') as Float64Array)),
  };
}

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

/** A balanced KD-tree over points, split at the middle of one coordinate after the other, and the boxes of its nodes. */
function kdTree(points: readonly (readonly number[])[], levels: number) {
  const features = points[0]?.length ?? 0;
  const nodes = 2 ** levels - 1;
  const order = Int32Array.from(points.keys());
  const start = new Int32Array(nodes);
  const end = new Int32Array(nodes);
  const isLeaf = new Uint8Array(nodes);
  const lower = new Float64Array(nodes * features);
  const upper = new Float64Array(nodes * features);
  const build = (node: number, from: number, to: number, axis: number): void => {
    const own = Array.from(order.subarray(from, to)).toSorted(
      (a, b) => (points[a]?.[axis] as number) - (points[b]?.[axis] as number),
    );
    order.set(own, from);
    start[node] = from;
    end[node] = to;
    for (let f = 0; f < features; f++) {
      lower[node * features + f] = Math.min(...own.map((p) => points[p]?.[f] as number));
      upper[node * features + f] = Math.max(...own.map((p) => points[p]?.[f] as number));
    }
    isLeaf[node] = Number(2 * node + 1 >= nodes);
    if (isLeaf[node]) return;
    const middle = (from + to) >> 1;
    build(2 * node + 1, from, middle, (axis + 1) % features);
    build(2 * node + 2, middle, to, (axis + 1) % features);
  };
  build(0, 0, points.length, 0);
  return { tree: { order, start, end, isLeaf }, lower, upper };
}

/** Whole numbers tie all the time; 90 points are compared directly, 1500 after a matrix product. Far rows lose their digits. */
test.for([
  { points: 90, levels: 4, ties: 'tree' },
  { points: 90, levels: 1, ties: 'heap' },
  { points: 90, levels: 1, ties: 'first' },
  { points: 1500, levels: 6, ties: 'tree' },
  { points: 1500, levels: 1, ties: 'heap' },
] as const)('nearest of $points whole numbers, ties by $ties', async ({ points: count, levels, ties }) => {
  const next = random(count + levels);
  const points = Array.from({ length: count }, () => Array.from({ length: 3 }, () => Math.floor(next() * 5)));
  const flat = Float64Array.from(points.flat());
  const { tree, lower, upper } = kdTree(points, levels);
  const rows = Array.from({ length: 40 }, (_, r) =>
    Array.from({ length: 3 }, () => Math.floor(next() * 5) * (r < 35 ? 1 : 1e9)),
  );
  const { onnx, plain } = await answers(
    3,
    (x) => {
      const squares = ops.compare(x, flat, { kind: 'squares' });
      const bounds = ops.compare(x, lower, { kind: 'squares' }, { upper });
      return ops.nearest(x, squares, 5, ties === 'tree' ? { tree, bounds } : ties, flat);
    },
    rows,
  );
  expect(onnx.map(sorted)).toEqual(plain.map(sorted));
  const distance = (row: readonly number[], at: number): number =>
    row.reduce((sum, cell, f) => sum + (cell - (points[at]?.[f] as number)) ** 2, 0);
  rows.forEach((row, r) => {
    const all = sorted(points.map((_, at) => distance(row, at)));
    expect(sorted((plain[r] as number[]).map((at) => distance(row, at)))).toEqual(all.slice(0, 5));
  });
});

test('of equal neighbours the first ones stay, unless the heap decides', async () => {
  const points = Float64Array.of(2, 2, 1, 1, 2); // NearestNeighbors(3, algorithm='brute') takes 1, 2 and 3
  const taken = async (ties: ops.Ties): Promise<number[]> => {
    const { plain } = await answers(1, (x) => ops.nearest(x, ops.compare(x, points, { kind: 'squares' }), 3, ties), [
      [0],
    ]);
    return sorted(plain[0] as number[]);
  };
  expect(await taken('first')).toEqual([0, 2, 3]);
  expect(await taken('heap')).toEqual([1, 2, 3]);
});

test.for([2, 3, 6])('coupling of %i classes', async (classes) => {
  const next = random(classes);
  const pairs = (classes * (classes - 1)) / 2;
  const rows = Array.from({ length: 60 }, (_, r) =>
    Array.from({ length: pairs }, () => Math.min(Math.max(1 / (1 + Math.exp((next() - 0.5) * r)), 1e-7), 1 - 1e-7)),
  );
  const { onnx, plain } = await answers(pairs, (x) => ops.coupling(x, classes), rows);
  plain.forEach((row, r) => {
    expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    row.forEach((p, k) => expect(Math.abs(p - (onnx[r]?.[k] as number))).toBeLessThan(1e-13));
  });
});

test('erf', async () => {
  // From scipy.special.erf.
  const known: readonly [x: number, erf: number][] = [
    [0, 0],
    [2 ** -20, 1.0761062308265404e-6],
    [0.3, 0.3286267594591274],
    [0.46875, 0.492613473217938],
    [-0.5, -0.5204998778130465],
    [1, 0.8427007929497148],
    [2.7, 0.9998656672600594],
    [4.5, 0.9999999998033839],
    [-30, -1],
    [Infinity, 1],
  ];
  const { onnx, plain } = await answers(
    1,
    ops.errorFunction,
    known.map(([x]) => [x]),
  );
  known.forEach(([, erf], r) => {
    expect(Math.abs((onnx[r]?.[0] as number) - erf)).toBeLessThan(3e-16);
    expect(Math.abs((plain[r]?.[0] as number) - erf)).toBeLessThan(5e-16);
  });
});

test('forward substitution in blocks', async () => {
  const size = 21;
  const next = random(7);
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) lower[i * size + j] = i === j ? 1 + next() : next() - 0.5;
  const rows = [Array.from({ length: size }, next), Array.from({ length: size }, () => next() * 1000)];
  const { onnx, plain } = await answers(size, (x) => ops.lowerSolve(x, lower), rows);
  plain.forEach((solution, r) => {
    solution.forEach((v, i) => {
      const back = solution.reduce((sum, own, j) => sum + own * (lower[i * size + j] as number), 0);
      expect(back).toBeCloseTo(rows[r]?.[i] as number, 9);
      expect(Math.abs(v - (onnx[r]?.[i] as number))).toBeLessThan(1e-12 * Math.max(1, Math.abs(v)));
    });
  });
});

/** ONNX Runtime's MatMulScaleFusion would round a float64 factor beside a MatMul to float32. */
test('a single factor before or after a matrix product keeps its digits', async () => {
  const weights = Float64Array.of(0.3, -1.7, 2.9, 0.1, 4.3, -0.2);
  const { onnx, plain } = await answers(
    3,
    (x) => ops.multiply(ops.linear(ops.divide(x, 0.1234567890123456), weights), 0.7654321098765432),
    [[1.1, 2.2, 3.3]],
  );
  plain[0]?.forEach((y, k) => expect(onnx[0]?.[k]).toBeCloseTo(y, 12));
});

test.for([{ kind: 'squares' }, { kind: 'absolutes' }, { kind: 'largest' }, { kind: 'powers', exponent: 2.5 }] as const)(
  'comparison by $kind, at once and feature by feature',
  async (comparison) => {
    const next = random(3);
    for (const count of [4, 9000]) {
      const points = Float64Array.from({ length: count * 2 }, () => next() * 10);
      const { onnx, plain } = await answers(2, (x) => ops.select(ops.compare(x, points, comparison), [0, 1, 2, 3]), [
        [1.5, 8.25],
        [-1e6, 3],
      ]);
      if (comparison.kind === 'powers')
        onnx.forEach((row, r) => row.forEach((own, k) => expect(own / (plain[r]?.[k] as number)).toBeCloseTo(1, 12)));
      else expect(onnx).toEqual(plain);
    }
  },
);

test.for([5, 20, 40, 70])('expanded squares of %i features agree to the last bit', async (width) => {
  const next = random(width);
  const cell = (): number => Math.round(next() * 1000) / 7;
  const points = Float64Array.from({ length: 40 * width }, cell);
  const rows = Array.from({ length: 20 }, (_, r) =>
    r < 5
      ? Array.from(points.subarray(r * width, (r + 1) * width))
      : Array.from({ length: width }, () => cell() * (r < 15 ? 1 : 1e7)),
  );
  const { onnx, plain } = await answers(width, (x) => ops.expandedSquares(x, points), rows);
  expect(onnx).toEqual(plain);
});
