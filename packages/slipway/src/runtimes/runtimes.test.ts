import { GraphBuilder, type OnnxModel } from '@slipway/core/onnx';
import { float32, float64, int64, sizeOf, strings, type Tensor } from '@slipway/core/tensor';
import { describe, expect, test } from 'vitest';
import { choose } from './choose.ts';
import { compiled } from './compiled/index.ts';
import { onnxruntime } from './onnxruntime/index.ts';
import type { LoadedModel, Runtime } from './runtime.ts';

/** Every dtype of a table goes in and out; `sum` adds across the columns of a row. */
function table(): OnnxModel {
  const graph = new GraphBuilder();
  const [a, b, c, d, e] = [
    graph.input('double', 'float64', ['N', 1]),
    graph.input('single', 'float32', ['N', 1]),
    graph.input('whole', 'int64', ['N', 1]),
    graph.input('truth', 'bool', ['N', 1]),
    graph.input('word', 'string', ['N', 1]),
  ];
  const double = (value: string): string => graph.node('Cast', [value], { to: { dtype: 'float64' } });
  const code = graph.node(
    'LabelEncoder',
    [e],
    { keys_strings: ['x', 'ü'], values_int64s: [10, 20], default_int64: 0 },
    { domain: 'ai.onnx.ml' },
  );
  const all = graph.node('Concat', [a, double(b), double(c), double(d), double(code)], { axis: 1 });
  graph.output('sum', graph.node('ReduceSum', [all, graph.constant(int64([1]))]), 'float64', ['N', 1]);
  graph.output('half', graph.node('Mul', [b, graph.constant(float32([0.5]))]), 'float32', ['N', 1]);
  graph.output('next', graph.node('Add', [c, graph.scalar('int64', 1)]), 'int64', ['N', 1]);
  graph.output('not', graph.node('Not', [d]), 'bool', ['N', 1]);
  graph.output('echo', graph.node('Squeeze', [e, graph.constant(int64([1]))]), 'string', ['N']);
  return graph.build();
}

function rowsOf(count: number): Record<string, Tensor> {
  const from = <T>(make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  return {
    double: float64(
      from((i) => (i % 7 === 3 ? NaN : i / 3)),
      [count, 1],
    ),
    single: float32(
      from((i) => i / 7),
      [count, 1],
    ),
    whole: int64(
      from((i) => i - 5),
      [count, 1],
    ),
    truth: { dtype: 'bool', shape: [count, 1], data: Uint8Array.from(from((i) => i % 2)) },
    word: strings(
      from((i) => ['x', 'ü', ''][i % 3] as string),
      [count, 1],
    ),
  };
}

describe.for([compiled, onnxruntime])('$id', (runtime: Runtime) => {
  test.for([0, 1, 2, 700, 40_000])('answers %i rows', async (count) => {
    await using model = await runtime.load(table());
    const result = await model.infer(rowsOf(count));
    expect(Object.keys(result).toSorted()).toEqual(['echo', 'half', 'next', 'not', 'sum']);
    expect(Object.values(result).map(({ shape }) => shape[0])).toEqual([count, count, count, count, count]);
    for (const { shape, data } of Object.values(result)) expect(data.length).toBe(sizeOf(shape));
    if (count < 2) return;
    const last = count - 1;
    const [x, i] = [Math.fround(last / 7), last];
    const sum = (i % 7 === 3 ? NaN : i / 3) + x + (i - 5) + (i % 2) + ([10, 20, 0][i % 3] as number);
    expect(result['sum']?.data[last]).toBeCloseTo(sum, 9);
    expect(result['half']).toMatchObject({ dtype: 'float32' });
    expect(result['half']?.data[last]).toBe(Math.fround(x * 0.5));
    expect(result['next']).toMatchObject({ dtype: 'int64' });
    expect(result['next']?.data[last]).toBe(BigInt(last - 4));
    expect(result['not']).toMatchObject({ dtype: 'bool' });
    expect(result['not']?.data[last]).toBe(last % 2 ? 0 : 1);
    expect(result['echo']).toMatchObject({ dtype: 'string' });
    expect(result['echo']?.data[last]).toBe(['x', 'ü', ''][last % 3]);
  });

  test('gives only the outputs that are asked for', async () => {
    await using model = await runtime.load(table(), { outputs: ['sum', 'echo'] });
    expect(Object.keys(await model.infer(rowsOf(2))).toSorted()).toEqual(['echo', 'sum']);
    expect(Object.keys(await model.infer(rowsOf(2), { outputs: ['next'] }))).toEqual(['next']);
  });

  test('calls may overlap', async () => {
    await using model = await runtime.load(table());
    const counts = [1, 300, 2, 20_000, 5];
    const results = await Promise.all(counts.map((count) => model.infer(rowsOf(count))));
    expect(results.map((result) => result['next']?.data.length)).toEqual(counts);
    for (const result of results) expect(result['next']?.data[0]).toBe(-4n);
  });

  test('an input that is missing, or of another dtype, is an error of the call', async () => {
    await using model = await runtime.load(table());
    const { word: _, ...rest } = rowsOf(2);
    await expect(model.infer(rest)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(model.infer({ ...rowsOf(2), double: float32([1, 2], [2, 1]) })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect((await model.infer(rowsOf(1)))['next']?.data[0]).toBe(-4n);
  });

  test('an aborted call stops', async () => {
    await using model = await runtime.load(table());
    const stop = new AbortController();
    const running = model.infer(rowsOf(200_000), { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a graph that is not sound is refused', async () => {
    const model = table();
    const nodes = model.graph.nodes.map((node) => (node.op === 'Not' ? { ...node, inputs: ['missing'] } : node));
    await expect(runtime.load({ ...model, graph: { ...model.graph, nodes } })).rejects.toMatchObject({
      code: 'INVALID_GRAPH',
    });
  });
});

test('the row form answers as the batch does', async () => {
  await using model = await compiled.load(table());
  const { row } = model;
  if (!row) throw new Error('compiled has a row form');
  row.numbers.set([0.5, 0.1, -5, 1]);
  row.strings[0] = 'ü';
  row.run();
  expect(row.outputs['sum']?.data[0]).toBe(0.5 + Math.fround(0.1) - 5 + 1 + 20);
  expect(row.outputs['next']?.data[0]).toBe(-4);
  expect(row.outputs['echo']?.data[0]).toBe('ü');
});

test('integers beyond 2^53 are refused by compiled code and exact in ONNX Runtime', async () => {
  const big = { ...rowsOf(1), whole: int64([2n ** 60n], [1, 1]) };
  await using fast = await compiled.load(table());
  await expect(fast.infer(big)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await using exact = await onnxruntime.load(table());
  expect((await exact.infer(big))['next']?.data[0]).toBe(2n ** 60n + 1n);
});

describe('choose', () => {
  const runtimes = { compiled: () => Promise.resolve(compiled), onnx: () => Promise.resolve(onnxruntime) };
  const ids = (row: LoadedModel | undefined, batch: LoadedModel) => [row?.id, batch.id];

  test('takes compiled code for a table without loading ONNX Runtime', async () => {
    const never = (): Promise<Runtime> => Promise.reject(new Error('ONNX Runtime was loaded'));
    await using chosen = await choose(table(), { ...runtimes, onnx: never }, { example: rowsOf(10) });
    expect(ids(chosen.row, chosen.batch)).toEqual(['compiled', 'compiled']);
  });

  test('measures both for large products, and keeps what is fastest', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', ['N', 256]);
    const weights = graph.constant(float32(new Float32Array(256 * 256).fill(0.5), [256, 256]));
    graph.output('y', graph.node('MatMul', [x, weights]), 'float32', ['N', 256]);
    const example = { x: float32(new Float32Array(64 * 256), [64, 256]) };
    await using chosen = await choose(graph.build(), runtimes, { example });
    const { compiled: own, onnx } = chosen.measured;
    if (!own || !onnx) throw new Error('both are measured');
    expect(chosen.batch.id).toBe(own.batch <= onnx.batch ? 'compiled' : 'onnx');
    expect(chosen.row?.id).toBe(own.row <= onnx.row ? 'compiled' : undefined);
  });

  test('gives compiled rows the time that the engine needs to make them fast', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['N', 64]);
    const weights = graph.constant(float64(new Float64Array(64 * 64).fill(0.5), [64, 64]));
    graph.output('y', graph.node('MatMul', [x, weights]), 'float64', ['N', 64]);
    const slowFor = (calls: number, microseconds: number) => {
      let left = calls;
      return () => {
        const end = performance.now() + (left-- > 0 ? microseconds / 1000 : 0);
        while (performance.now() < end);
      };
    };
    const paced = (runtime: Runtime, run: (() => void) | undefined, infer: () => void): Runtime => ({
      ...runtime,
      async load(model) {
        const real = await runtime.load(model);
        const row = run && real.row ? { ...real.row, run } : undefined;
        return { ...real, row, infer: (...args) => (infer(), real.infer(...args)) };
      },
    });
    const cold = paced(compiled, slowFor(10, 500), slowFor(0, 0));
    const steady = paced(onnxruntime, undefined, slowFor(Infinity, 300));
    const load = { compiled: () => Promise.resolve(cold), onnx: () => Promise.resolve(steady) };
    const example = { x: float64(new Float64Array(8 * 64), [8, 64]) };
    await using chosen = await choose(graph.build(), load, { example, budgetMs: 4 });
    expect(chosen.row?.id).toBe('compiled');
  });

  test('takes ONNX Runtime where compiled code lacks an operator', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', ['N', 1, 4, 4]);
    graph.output('y', graph.node('GlobalAveragePool', [x]), 'float32', ['N', 1, 1, 1]);
    await using chosen = await choose(graph.build(), runtimes);
    expect(ids(chosen.row, chosen.batch)).toEqual([undefined, 'onnx']);
  });

  test.for(['compiled', 'onnx'] as const)('can be forced to %s', async (force) => {
    await using chosen = await choose(table(), runtimes, { force, example: rowsOf(2) });
    expect(chosen.batch.id).toBe(force);
  });

  test('a forced runtime that lacks an operator says so', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', ['N', 1, 4, 4]);
    graph.output('y', graph.node('GlobalAveragePool', [x]), 'float32', ['N', 1, 1, 1]);
    await expect(choose(graph.build(), runtimes, { force: 'compiled' })).rejects.toMatchObject({
      code: 'UNSUPPORTED_OPERATOR',
    });
  });
});
