import { expect, test } from 'vitest';
import { runOrt } from '../../../../test/ort.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/index.ts';
import { float64, int64, strings, type Tensor } from '../tensor/index.ts';
import { compile, fromModule, generateCode, toModule, type Factory } from './index.ts';

/** Text that would be code wherever it were pasted. */
const evil = "');globalThis.hacked=true;//`${globalThis.hacked=true}\n\\\u2028";

/** Numbers and strings to a label, with text everywhere a model can have it. */
function labeled(): OnnxModel {
  const graph = new GraphBuilder();
  const x = graph.input(`${evil}x`, 'float64', ['N', 2]);
  const word = graph.input(`${evil}word`, 'string', ['N', 1]);
  const encode = { keys_strings: ['a', evil], values_int64s: [0, 1], default_int64: -1 };
  const code = graph.node('LabelEncoder', [word], encode, { domain: 'ai.onnx.ml' });
  const number = graph.node('Cast', [code], { to: { dtype: 'float64' } });
  const all = graph.node('Concat', [x, number], { axis: 1 });
  const scores = graph.node('MatMul', [all, graph.constant(float64([1, -1, 0.5, 2, NaN, -0], [3, 2]))]);
  const filled = graph.node('Where', [
    graph.node('IsNaN', [scores]),
    graph.constant(float64([Infinity], [1, 1])),
    scores,
  ]);
  const best = graph.node('ArgMin', [filled], { axis: 1, keepdims: 0 });
  graph.output(`${evil}label`, graph.node('Gather', [graph.constant(strings([evil, 'ok'])), best]), 'string', ['N']);
  const named = graph.node(
    'LabelEncoder',
    [best],
    { keys_int64s: [0], values_strings: [evil], default_string: `${evil}?` },
    { domain: 'ai.onnx.ml' },
  );
  graph.output('named', named, 'string', ['N']);
  return graph.build();
}

const feeds = { [`${evil}x`]: float64([1, 2, -3, 4], [2, 2]), [`${evil}word`]: strings([evil, 'b'], [2, 1]) };

test('no text of a model is in the code', () => {
  const { source } = generateCode(labeled());
  expect(source).not.toMatch(/hacked|ok/);
  expect(source).toMatch(/^[\x20-\x7e\n]*$/);
  compile(labeled()).run(feeds);
  expect(globalThis).not.toHaveProperty('hacked');
});

test('a written module answers as the compiled model', async () => {
  const model = labeled();
  const { mjs, bin } = toModule(generateCode(model));
  expect(mjs).not.toContain('hacked');
  const url = `data:text/javascript;base64,${Buffer.from(mjs).toString('base64')}`;
  const factory = ((await import(url)) as { default: Factory }).default;
  const loaded = fromModule(factory, bin);
  expect(loaded.run(feeds)).toEqual(compile(model).run(feeds));
  expect(loaded.inputs).toEqual(compile(model).inputs);
  expect(() => fromModule(factory, bin.subarray(0, 20))).toThrowError(
    expect.objectContaining({ code: 'PACKAGE_CORRUPT' }),
  );
});

test('the same model gives the same code and data', () => {
  expect(toModule(generateCode(labeled()))).toEqual(toModule(generateCode(labeled())));
});

test('what does not depend on the input is computed once', () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 2]);
  const weights = graph.node('Cos', [graph.node('Transpose', [graph.constant(float64([0, 1, 2, 3], [2, 2]))])]);
  graph.output('y', graph.node('MatMul', [x, weights]), 'float64', ['N', 2]);
  const model = graph.build();
  expect(generateCode(model).source).not.toContain('Math.cos');
  expect(compile(model).run({ x: float64([1, 0], [1, 2]) })['y']?.data).toEqual(Float64Array.of(1, Math.cos(2)));
});

test('an output that is constant has its own shape for any number of rows', () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  graph.output('y', graph.node('Neg', [x]), 'float64', ['N', 1]);
  graph.output('names', graph.node('Identity', [graph.constant(strings(['a', 'b']))]), 'string', [2]);
  const compiled = compile(graph.build());
  const { names } = compiled.run({ x: float64([1, 2, 3], [3, 1]) });
  expect(names).toMatchObject({ shape: [2], data: ['a', 'b'] });
  compiled.runRow();
  expect(compiled.rowOutputs['names']).toEqual(['a', 'b']);
});

test.for<[string, (graph: GraphBuilder, x: string) => string]>([
  ['a sum over rows', (g, x) => g.node('ReduceSum', [x, g.constant(int64([0]))], { keepdims: 1 })],
  ['a sum over everything', (g, x) => g.node('ReduceSum', [x], { keepdims: 0 })],
  ['a softmax over rows', (g, x) => g.node('Softmax', [x], { axis: 0 })],
  [
    'rows in another order',
    (g, x) =>
      g.node('Slice', [
        x,
        g.constant(int64([-1])),
        g.constant(int64([-1000000])),
        g.constant(int64([0])),
        g.constant(int64([-1])),
      ]),
  ],
  ['the first row', (g, x) => g.node('Gather', [x, g.constant(int64([0]))], { axis: 0 })],
  ['a matrix turned', (g, x) => g.node('Transpose', [x])],
  ['products between rows', (g, x) => g.node('MatMul', [x, g.node('Transpose', [x])])],
  ['rows joined to rows', (g, x) => g.node('Concat', [x, x], { axis: 0 })],
  ['rows repeated', (g, x) => g.node('Tile', [x, g.constant(int64([2, 1]))])],
  ['running sums over rows', (g, x) => g.node('CumSum', [x, g.scalar('int64', 0)])],
  [
    'the number of rows',
    (g, x) => g.node('Mul', [x, g.node('Cast', [g.node('Shape', [x])], { to: { dtype: 'float64' } })]),
  ],
  ['an operator that is not covered', (g, x) => g.node('Softplus', [g.node('NonZero', [x])])],
])('%s is left to ONNX Runtime', ([, make]) => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 2]);
  graph.output('y', make(graph, x), 'float64', []);
  expect(() => compile(graph.build())).toThrowError(expect.objectContaining({ code: 'UNSUPPORTED_OPERATOR' }));
});

test.for<[string, Record<string, Tensor>]>([
  ['no input', {}],
  ['another dtype', { x: int64([1, 2], [1, 2]) }],
  ['another width', { x: float64([1, 2, 3], [1, 3]) }],
  ['another rank', { x: float64([1, 2], [2]) }],
])('%s is an error of the call', ([, inputs]) => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 2]);
  graph.output('y', graph.node('Neg', [x]), 'float64', ['N', 2]);
  const compiled = compile(graph.build());
  expect(() => compiled.run(inputs)).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }));
});

test('an index that is out of range is an error of the call', () => {
  const graph = new GraphBuilder();
  const i = graph.input('i', 'int64', ['N']);
  graph.output('y', graph.node('Gather', [graph.constant(float64([1, 2, 3])), i]), 'float64', ['N']);
  const compiled = compile(graph.build());
  expect(compiled.run({ i: int64([-1, 0]) })['y']?.data).toEqual(Float64Array.of(3, 1));
  expect(() => compiled.run({ i: int64([3]) })).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }));
  compiled.numbers[0] = NaN;
  expect(() => compiled.runRow()).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }));
});

/** Words by number and weight, as many as a call has, to three scores; and the number of one word as a dense column. */
function bag(): OnnxModel {
  const graph = new GraphBuilder();
  const ids = graph.input('ids', 'int64', ['N', 'words']);
  const weights = graph.input('weights', 'float64', ['N', 'words']);
  const table = graph.constant(
    float64(
      Array.from({ length: 15 }, (_, i) => i / 7),
      [5, 3],
    ),
  );
  const products = graph.node('Mul', [
    graph.node('Gather', [table, ids]),
    graph.node('Unsqueeze', [weights, graph.constant(int64([2]))]),
  ]);
  const scores = graph.node('ReduceSum', [products, graph.constant(int64([1]))], { keepdims: 0 });
  graph.output('scores', scores, 'float64', ['N', 3]);
  graph.output('best', graph.node('ArgMax', [scores], { axis: 1, keepdims: 0 }), 'int64', ['N']);
  const rows = graph.node('Shape', [ids], { start: 0, end: 1 });
  const zeros = graph.node('Expand', [
    graph.scalar('float64', 0),
    graph.node('Concat', [rows, graph.constant(int64([5]))], { axis: 0 }),
  ]);
  graph.output('dense', graph.node('ScatterElements', [zeros, ids, weights], { axis: 1 }), 'float64', ['N', 5]);
  return graph.build();
}

test.for([0, 1, 7, 40])('texts of %i words answer as in ONNX Runtime', async (words) => {
  const rows = 3;
  const size = rows * words;
  const inputs = {
    ids: int64(
      Array.from({ length: size }, (_, i) => (i * 3) % 5),
      [rows, words],
    ),
    weights: float64(
      Array.from({ length: size }, (_, i) => i / 3 - 1),
      [rows, words],
    ),
  };
  const compiled = compile(bag());
  const expected = await runOrt(bag(), inputs);
  const answer = compiled.run(inputs);
  expect(answer['best']).toEqual(expected['best']);
  expect(answer['dense']).toEqual(expected['dense']);
  expect(answer['scores']?.shape).toEqual([rows, 3]);
  answer['scores']?.data.forEach((score, i) => expect(score).toBeCloseTo(expected['scores']?.data[i] as number, 12));
  expect(compiled.hasRow).toBe(false);
});

test('inputs that share a length must agree', () => {
  const inputs = { ids: int64([1, 2], [1, 2]), weights: float64([1, 2, 3], [1, 3]) };
  expect(() => compile(bag()).run(inputs)).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }));
});

test.for<[string, (graph: GraphBuilder, x: string) => string]>([
  ['an output', (_, x) => x],
  ['a stored value', (g, x) => g.node('Softmax', [x], { axis: 1 })],
  ['a mean', (g, x) => g.node('ReduceMean', [x], { axes: [1] })],
  [
    'a number',
    (g, x) =>
      g.node('Mul', [
        g.node('ReduceSum', [x, g.constant(int64([1]))]),
        g.node('Cast', [g.node('Size', [x])], { to: { dtype: 'float64' } }),
      ]),
  ],
  ['a computed size', (g, x) => g.node('ReduceSum', [g.node('Concat', [x, x], { axis: 1 }), g.constant(int64([1]))])],
  ['a counted place', (g, x) => g.node('Gather', [x, g.constant(int64([-1]))], { axis: 1 })],
])('a length that differs from call to call as %s is left to ONNX Runtime', ([, make]) => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 'words']);
  graph.output('y', make(graph, x), 'float64', []);
  expect(() => compile(graph.build())).toThrowError(expect.objectContaining({ code: 'UNSUPPORTED_OPERATOR' }));
});

test('long chains and wide graphs compile', () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  const one = graph.scalar('float64', 1);
  let y = x;
  for (let i = 0; i < 3000; i++) y = graph.node(i % 2 ? 'Identity' : 'Add', i % 2 ? [y] : [y, one]);
  const wide = Array.from({ length: 500 }, (_, i) => graph.node('Mul', [y, graph.scalar('float64', i)]));
  graph.output(
    'y',
    graph.node('ReduceSum', [graph.node('Concat', wide, { axis: 1 }), graph.constant(int64([1]))]),
    'float64',
    ['N', 1],
  );
  const compiled = compile(graph.build());
  expect(compiled.run({ x: float64([0, 1], [2, 1]) })['y']?.data).toEqual(
    Float64Array.of(1500 * 124_750, 1501 * 124_750),
  );
});
