import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { float32, float64, int64, strings } from '../tensor/index.ts';
import { GraphBuilder, checkModel, readOnnx, writeOnnx } from './index.ts';

const ones = float64([1, 1, 1], [1, 3]);

test('ONNX Runtime runs what the builder wrote', async () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  const y = graph.node('Softmax', [graph.node('Mul', [x, graph.constant(float64([0, 1, 2], [1, 3]))])], { axis: 1 });
  graph.output('probabilities', y, 'float64', ['N', 3]);
  graph.output('label', graph.node('ArgMax', [y], { axis: 1, keepdims: 0 }), 'int64', ['N']);
  const session = await ort.InferenceSession.create(writeOnnx(graph.build({ source: 'test' })));
  const { label, probabilities } = await session.run({ x: new ort.Tensor('float64', [1, -1], [2, 1]) });
  expect(label?.data).toEqual(BigInt64Array.of(2n, 0n));
  expect(probabilities?.dims).toEqual([2, 3]);
});

test('the same calls give the same bytes', () => {
  const build = () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['N', 3]);
    graph.output('y', graph.node('Add', [x, graph.constant(ones)]), 'float64', ['N', 3]);
    return writeOnnx(graph.build({ a: '1', b: '2' }));
  };
  expect(build()).toEqual(build());
});

test('equal constants are one; other bits, dtypes and shapes are others', () => {
  const graph = new GraphBuilder();
  const first = graph.constant(float64([0, NaN]));
  expect(graph.constant(float64([0, NaN]))).toBe(first);
  expect(graph.constant(float64([-0, NaN]))).not.toBe(first);
  expect(graph.constant(float32([0, NaN]))).not.toBe(first);
  expect(graph.constant(float64([0, NaN], [1, 2]))).not.toBe(first);
  expect(graph.constant(strings(['a', 'b']))).toBe(graph.constant(strings(['a', 'b'])));
  expect(graph.constant(strings(['a', 'b']))).not.toBe(graph.constant(strings(['a', 'c'])));
  expect(graph.scalar('int64', 3)).toBe(graph.constant(int64([3], [])));
});

test('generated names give way to declared ones', async () => {
  const graph = new GraphBuilder();
  const names = ['t2', 'i0', 'c1'];
  const inputs = names.map((name) => graph.input(name, 'float64', ['N', 1]));
  const sum = graph.node('Sum', inputs);
  graph.output('t4', graph.node('Add', [sum, graph.scalar('float64', 1)]), 'float64', ['N', 1]);
  graph.output('t3', sum, 'float64', ['N', 1]);
  const model = graph.build();
  checkModel(model);
  expect(model.graph.inputs.map(({ name }) => name)).toEqual(names);
  const session = await ort.InferenceSession.create(writeOnnx(model));
  const feeds = Object.fromEntries(names.map((name, i) => [name, new ort.Tensor('float64', [10 ** i], [1, 1])]));
  const { t4, t3 } = await session.run(feeds);
  expect([t4?.data[0], t3?.data[0]]).toEqual([112, 111]);
});

test('an input, a constant and a second name of a value can be outputs', async () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  const y = graph.node('Neg', [x]);
  for (const [name, value] of [
    ['a', x],
    ['b', y],
    ['c', y],
  ] as const)
    graph.output(name, value, 'float64', ['N', 1]);
  graph.output('d', graph.constant(ones), 'float64', [1, 3]);
  const session = await ort.InferenceSession.create(writeOnnx(graph.build()));
  const result = await session.run({ x: new ort.Tensor('float64', [2], [1, 1]) });
  expect(['a', 'b', 'c', 'd'].map((name) => result[name]?.data[0])).toEqual([2, -2, -2, 1]);
});

test('a loop body uses values of the graph around it', async () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  const body = new GraphBuilder({}, graph);
  body.input('i', 'int64', []);
  const condition = body.input('condition', 'bool', []);
  const state = body.input('state', 'float64', ['N', 1]);
  body.output('go', condition, 'bool', []);
  body.output('next', body.node('Add', [state, x]), 'float64', ['N', 1]);
  const loop = graph.node('Loop', [graph.scalar('int64', 4), '', x], { body: { graph: body.subgraph() } });
  graph.output('y', loop, 'float64', ['N', 1]);
  const session = await ort.InferenceSession.create(writeOnnx(graph.build()));
  expect((await session.run({ x: new ort.Tensor('float64', [3], [1, 1]) }))['y']?.data[0]).toBe(15);
});

test('two outputs of one name are refused', () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  graph.output('x', graph.node('Neg', [x]), 'float64', ['N', 1]);
  expect(() => graph.build()).toThrowError(expect.objectContaining({ code: 'INVALID_GRAPH' }));
});

test('attributes of every kind come back from the bytes', () => {
  const graph = new GraphBuilder();
  const big = BigInt64Array.of(2n ** 60n, -1n);
  const out = graph.node('Constant', [], {
    int: -3,
    large: 2 ** 40,
    huge: 2n ** 62n,
    flag: true,
    to: { dtype: 'float64' },
    float: { float: 0.5 },
    text: 'é',
    tensor: float32([1, 2]),
    ints: [1, -2, 300, 70_000],
    wide: [2 ** 40, 1],
    big,
    typed: Int32Array.of(7),
    floats: { floats: [0.25, NaN] },
    strings: ['a', '', 'ü'],
    none: { strings: [] },
  });
  graph.output('y', out, 'float32', [2]);
  const model = graph.build({ key: 'value' });
  const again = readOnnx(writeOnnx(model));
  expect(again.metadata).toEqual(model.metadata);
  const [mine, theirs] = [model, again].map(({ graph: { nodes } }) => nodes[0]?.attributes);
  expect([...(theirs ?? [])].map(([key, { kind, value }]) => [key, kind, comparable(value)])).toEqual(
    [...(mine ?? [])].map(([key, { kind, value }]) => [key, kind, comparable(value)]),
  );
});

function comparable(value: unknown): unknown {
  return ArrayBuffer.isView(value) ? [...(value as Int32Array)].map(Number) : value;
}
