import { describe, expect, test, vi } from 'vitest';
import { runOrt } from '../../../../test/ort.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/index.ts';
import { float64, int64, type Tensor } from '../tensor/index.ts';
import { compile, generateCode } from './index.ts';

type Answers = Readonly<Record<string, readonly number[]>>;

/** Numbers of all sizes, the same every time; some rows hold what is no usual number. */
function sample(rows: number, width: number): Float64Array {
  const numbers = Float64Array.from({ length: rows * width }, (_, i) => Math.cos(i * 1.7) * 10 ** (i % 3));
  const odd = [[NaN], [Infinity, -Infinity], [-0, 0], Array.from({ length: width }, () => -0)];
  odd.forEach((cells, i) => {
    if (i + 1 < rows) numbers.set(cells.slice(0, width), (i + 1) * width);
  });
  return numbers;
}

function plain(outputs: Readonly<Record<string, Tensor>>): Answers {
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data, Number)]));
}

/** All rows at once, and one after the other, must be the same in every bit, with WebAssembly and without. */
function answersOf(model: OnnxModel, x: Float64Array, width: number): Answers {
  const rows = x.length / width;
  const inParts = () => {
    const compiled = compile(model);
    const all = plain(compiled.run({ x: float64(x, [rows, width]) }));
    const single: Record<string, number[]> = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
    for (let row = 0; row < rows; row++) {
      compiled.numbers.set(x.subarray(row * width, (row + 1) * width));
      compiled.runRow();
      for (const [name, numbers] of Object.entries(compiled.rowOutputs)) single[name]?.push(...numbers.map(Number));
    }
    expect(single).toEqual(all);
    return all;
  };
  const fast = inParts();
  vi.stubGlobal('WebAssembly', undefined);
  try {
    expect(inParts()).toEqual(fast);
  } finally {
    vi.unstubAllGlobals();
  }
  return fast;
}

function matrix(graph: GraphBuilder, rows: number, columns: number, seed: number): string {
  const numbers = Array.from({ length: rows * columns }, (_, i) => Math.sin(i * seed));
  return graph.constant(float64(numbers, [rows, columns]));
}

describe('products of a block of rows', () => {
  const sizes = [1, 2, 3, 4, 5, 9, 17].flatMap((columns) => [7, 20, 33].map((depth) => [depth, columns] as const));
  test.for([...sizes, [131, 1], [200, 3], [5, 300]] as const)('of %i and %i columns', async ([depth, columns]) => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['N', depth]);
    const product = graph.node('MatMul', [x, matrix(graph, depth, columns, 1.1)]);
    graph.output('product', product, 'float64', ['N', columns]);
    const sum = graph.node('Gemm', [x, matrix(graph, depth, columns, 0.7), matrix(graph, 1, columns, 3)]);
    graph.output('roots', graph.node('Sqrt', [graph.node('Relu', [sum])]), 'float64', ['N', columns]);
    const scaled = graph.node('Mul', [x, matrix(graph, 1, depth, 0.3)]);
    const second = graph.node('Gemm', [scaled, matrix(graph, depth, columns, 2)]);
    graph.output('second', second, 'float64', ['N', columns]);
    const model = graph.build();
    for (const rows of [0, 1, 3, 520]) {
      const numbers = sample(rows, depth);
      const answers = answersOf(model, numbers, depth);
      expect(answers['product']).toHaveLength(rows * columns);
      if (rows !== 520) continue;
      const expected = plain(await runOrt(model, { x: float64(numbers, [rows, depth]) }));
      answers['second']?.forEach((element, i) => {
        const wanted = expected['second']?.[i] as number;
        if (Number.isFinite(wanted))
          expect(Math.abs(element - wanted)).toBeLessThan(1e-9 * Math.max(1, Math.abs(wanted)));
        else expect(element).toBe(wanted);
      });
    }
  });

  test('one after the other, and of parts of one another', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['N', 30]);
    const first = graph.node('Gemm', [x, matrix(graph, 30, 40, 1.3)]);
    const places = (from: number, count: number) =>
      graph.constant(int64(Array.from({ length: count }, (_, i) => from + i)));
    const upper = graph.node('Gather', [first, places(0, 25)], { axis: 1 });
    const lower = graph.node('Gather', [first, places(25, 15)], { axis: 1 });
    const inner = graph.node('MatMul', [upper, matrix(graph, 25, 15, 0.9)]);
    const rest = graph.node('Sub', [lower, inner]);
    const all = graph.node('Concat', [upper, rest], { axis: 1 });
    graph.output('y', graph.node('MatMul', [all, matrix(graph, 40, 6, 1.9)]), 'float64', ['N', 6]);
    graph.output('rest', rest, 'float64', ['N', 15]);
    expect(answersOf(graph.build(), sample(70, 30), 30)['y']).toHaveLength(70 * 6);
  });

  test('a kernel of many functions starts', () => {
    const graph = new GraphBuilder();
    let value = graph.input('x', 'float64', ['N', 24]);
    for (let i = 0; i < 150; i++) {
      const next = graph.node('MatMul', [value, matrix(graph, 24, 24, 1 + i / 7)]);
      value = graph.node('Tanh', [graph.node('Mul', [next, graph.constant(float64([0.1], [1, 1]))])]);
    }
    graph.output('y', value, 'float64', ['N', 24]);
    const kernels = generateCode(graph.build()).constants.filter(({ kind }) => kind === 'kernel');
    expect(kernels).toHaveLength(1);
    const { WebAssembly: api } = globalThis as unknown as { WebAssembly: { validate(bytes: unknown): boolean } };
    for (const kernel of kernels) expect('bytes' in kernel && api.validate(kernel.bytes)).toBe(true);
  });
});

describe('the place of the best in each row', () => {
  test.for([4, 5, 8, 33, 90])('of %i', async (columns) => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['N', 20]);
    // Every third column is the same one: a tie, which the first wins.
    const weights = Float64Array.from({ length: 20 * columns }, (_, i) =>
      Math.sin(Math.floor(i / columns) * 7 + ((i % columns) % 3)),
    );
    for (const op of ['ArgMin', 'ArgMax']) {
      const product = graph.node('Gemm', [x, graph.constant(float64(weights, [20, columns]))]);
      const scores = graph.node('Add', [
        product,
        graph.constant(float64(new Float64Array(columns).fill(0.5), [1, columns])),
      ]);
      graph.output(op, graph.node(op, [scores], { axis: 1, keepdims: 0 }), 'int64', ['N']);
    }
    const model = graph.build();
    const numbers = sample(60, 20);
    const answers = answersOf(model, numbers, 20);
    expect(new Set(answers['ArgMin']).size).toBeGreaterThan(1);
    const expected = plain(await runOrt(model, { x: float64(numbers, [60, 20]) }));
    // From the fourth row on there is no NaN, of which ONNX Runtime says nothing.
    for (const op of ['ArgMin', 'ArgMax']) expect(answers[op]?.slice(3)).toEqual(expected[op]?.slice(3));
  });
});

describe('the selection of the nearest', () => {
  /** Distances that a row asks for, by their place. */
  const patterns: readonly ((i: number, count: number) => number)[] = [
    (i) => Math.sin(i * 1.3) * 4,
    (i) => i % 5,
    () => 1,
    (i, count) => count - i,
    (i) => i,
    (i) => (i % 2 ? -0.25 : 0),
  ];
  /** What is added to the distances of all rows. */
  const additions: Readonly<Record<string, (i: number, count: number) => number>> = {
    nothing: () => 0,
    infinities: (i) => (i % 7 === 0 ? Infinity : i % 11 === 0 ? -Infinity : 0),
    'one NaN': (i) => (i === 3 ? NaN : 0),
    'NaN at the end': (i, count) => (i === count - 1 ? NaN : 0),
    'mostly NaN': (i) => (i % 3 === 0 ? 0 : NaN),
  };
  const cases = [24, 97, 193, 500].flatMap((count) =>
    [1, 6, 21, 24].flatMap((k) =>
      [0, 1].flatMap((largest) => Object.keys(additions).map((added) => [k, count, largest, added] as const)),
    ),
  );
  test.for(cases)('%i of %i, largest: %i, with %s', async ([k, count, largest, added]) => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['N', patterns.length]);
    const each = (make: (i: number, count: number) => number) =>
      Array.from({ length: count }, (_, i) => make(i, count));
    const distances = graph.constant(float64(patterns.flatMap(each), [patterns.length, count]));
    const addition = graph.constant(float64(each(additions[added] as (i: number) => number), [1, count]));
    const all = graph.node('Add', [graph.node('MatMul', [x, distances]), addition]);
    const [values, places] = graph.nodes(
      'TopK',
      [all, graph.constant(int64([k]))],
      { axis: 1, largest, sorted: 1 },
      { outputs: 2 },
    );
    graph.output('values', values as string, 'float64', ['N', k]);
    graph.output('places', places as string, 'int64', ['N', k]);
    const model = graph.build();
    const rows = patterns.length + 1;
    const numbers = Float64Array.from({ length: rows * patterns.length }, (_, i) =>
      i >= patterns.length ** 2 ? Math.cos(i) : i % (patterns.length + 1) === 0 ? 1 : 0,
    );
    const answers = answersOf(model, numbers, patterns.length);
    expect(generateCode(model).source).toMatch(/if \(c\d+\) c\d+\.d\d+\(0\); else \{\s+let v\d+ = 0;/);
    if (added.includes('NaN')) return;
    const expected = plain(await runOrt(model, { x: float64(numbers, [rows, patterns.length]) }));
    // The last row is rounded in another way there.
    const known = patterns.length * k;
    for (const output of ['values', 'places'])
      expect(answers[output]?.slice(0, known)).toEqual(expected[output]?.slice(0, known));
  });
});
