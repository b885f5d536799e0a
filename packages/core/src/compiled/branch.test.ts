import { describe, expect, test } from 'vitest';
import { runOrt } from '../../../../test/ort.ts';
import { emitHeapSelection, GraphBuilder, type OnnxModel } from '../onnx/index.ts';
import { float64, int64, type Tensor } from '../tensor/index.ts';
import { compile, fromModule, generateCode, toModule, type Compiled, type Factory } from './index.ts';

const rows = 700;
const width = 3;
const numbers = float64(
  Array.from({ length: rows * width }, (_, i) => ((i * 7919) % 23) - 8),
  [rows, width],
);

const bool = { dtype: 'bool' } as const;
const integer = { dtype: 'int64' } as const;
const one = (graph: GraphBuilder, value: number) => graph.constant(float64([value], [1, 1]));

/** Whether any row is flagged. */
function anyOf(graph: GraphBuilder, flags: string): string {
  const most = graph.node('ReduceMax', [graph.node('Cast', [flags], { to: integer })], { keepdims: 0 });
  return graph.node('Cast', [most], { to: bool });
}

interface Branch {
  /** What the flagged rows become, from the rows taken out. */
  readonly flagged?: (graph: GraphBuilder, taken: string, x: string) => string;
  readonly condition?: (graph: GraphBuilder, flags: string) => string;
  readonly other?: (graph: GraphBuilder, x: string) => string;
}

/** Rows that begin with a positive number go through another computation. */
function branch({
  flagged = (graph, taken) => graph.node('Exp', [graph.node('Neg', [taken])]),
  condition = anyOf,
  other = (_, x) => x,
}: Branch = {}): OnnxModel {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', width]);
  const first = graph.node('Gather', [x, graph.constant(int64([0]))], { axis: 1 });
  const flags = graph.node('Squeeze', [graph.node('Greater', [first, one(graph, 0)]), graph.constant(int64([1]))]);
  const base = graph.node('Abs', [x]);
  const then = new GraphBuilder({}, graph);
  const taken = then.node('Compress', [x, flags], { axis: 0 });
  const places = then.node('Transpose', [then.node('NonZero', [flags])], { perm: [1, 0] });
  then.output('then', then.node('ScatterND', [base, places, flagged(then, taken, x)]), 'float64', ['N', width]);
  const otherwise = new GraphBuilder({}, graph);
  otherwise.output('else', other(otherwise, base), 'float64', ['N', width]);
  const branches = { then_branch: { graph: then.subgraph() }, else_branch: { graph: otherwise.subgraph() } };
  graph.output('y', graph.node('If', [condition(graph, flags)], branches), 'float64', ['N', width]);
  return graph.build();
}

interface Round {
  readonly keeps?: boolean;
  readonly most?: number;
  readonly size?: number;
  readonly counts?: boolean;
}

/** Halves each row until it is below 1, and counts how often. */
function loop({ keeps = true, most = 50, size = width, counts = false }: Round = {}): OnnxModel {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', width]);
  const last = graph.constant(int64(Array.from({ length: size }, (_, i) => i % width)));
  const start = graph.node('Exp', [graph.node('Gather', [x, last], { axis: 1 })]);
  const zero = graph.node('Gather', [graph.node('Sub', [start, start]), graph.constant(int64([0]))], { axis: 1 });
  const body = new GraphBuilder({}, graph);
  const step = body.input('step', 'int64', []);
  body.input('go', 'bool', []);
  const value = body.input('value', 'float64', ['N', size]);
  const times = body.input('times', 'float64', ['N', 1]);
  const active = body.node('Greater', [body.node('ReduceMax', [value], { axes: [1], keepdims: 1 }), one(body, 1)]);
  const half = body.node('Mul', [value, one(body, 0.5)]);
  const more = body.node('Add', [
    times,
    counts ? body.node('Cast', [step], { to: { dtype: 'float64' } }) : one(body, 1),
  ]);
  body.output('go_on', anyOf(body, active), 'bool', []);
  body.output('next', keeps ? body.node('Where', [active, half, value]) : half, 'float64', ['N', size]);
  body.output('again', body.node('Where', [active, more, times]), 'float64', ['N', 1]);
  const go = graph.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(1) });
  const inputs = [graph.scalar('int64', most), go, start, zero];
  const ends = graph.nodes('Loop', inputs, { body: { graph: body.subgraph() } }, { outputs: 2 });
  graph.output('value', ends[0] as string, 'float64', ['N', size]);
  graph.output('times', ends[1] as string, 'float64', ['N', 1]);
  return graph.build();
}

/** Which points stay on the heap. */
function heap(count: number, hasIds: boolean): OnnxModel {
  const graph = new GraphBuilder();
  const total = 40;
  const x = graph.input('x', 'float64', ['N', width]);
  const points = float64(
    Array.from({ length: total }, (_, i) => (i * 31) % 17),
    [1, total],
  );
  const first = graph.node('Gather', [x, graph.constant(int64([0]))], { axis: 1 });
  const distances = graph.node('Abs', [graph.node('Sub', [first, graph.constant(points)])]);
  const zero = graph.node('Sub', [first, first]);
  const turned = graph.node('Add', [
    graph.node('Cast', [zero], { to: integer }),
    graph.constant(
      int64(
        Array.from({ length: total }, (_, i) => total - i),
        [1, total],
      ),
    ),
  ]);
  const ids = hasIds ? turned : undefined;
  graph.output('y', emitHeapSelection(graph, { distances, ids, zero, count, total }), 'int64', ['N', count]);
  return graph.build();
}

const models: readonly [string, OnnxModel][] = [
  ['a branch', branch()],
  ['a branch with work on both sides', branch({ other: (graph, x) => graph.node('Identity', [x]) })],
  ['a loop', loop()],
  ['a loop that is cut off', loop({ most: 3 })],
  ['a loop over a large state', loop({ size: 200 })],
  ...[1, 2, 5, 8].flatMap((count) =>
    [false, true].map((hasIds): [string, OnnxModel] => [
      `a heap of ${count}${hasIds ? ' with names' : ''}`,
      heap(count, hasIds),
    ]),
  ),
];

/** The same by the files of a module, which forbids nothing. */
async function written(model: OnnxModel): Promise<Compiled> {
  const { mjs, bin } = toModule(generateCode(model));
  const url = `data:text/javascript;base64,${Buffer.from(mjs).toString('base64')}`;
  return fromModule(((await import(url)) as { default: Factory }).default, bin);
}

function rowByRow(compiled: Compiled, name: string): number[] {
  return Array.from({ length: rows }, (_, row) => {
    for (let i = 0; i < width; i++) compiled.numbers[i] = numbers.data[row * width + i] as number;
    compiled.runRow();
    return Array.from(compiled.rowOutputs[name] as Float64Array);
  }).flat();
}

describe('rows take their own way', () => {
  test.for(models)('%s', async ([, model]) => {
    const expected = await runOrt(model, { x: numbers });
    for (const compiled of [compile(model), await written(model)]) {
      const answers = compiled.run({ x: numbers });
      for (const [name, { shape, data }] of Object.entries(expected)) {
        const wanted = Array.from(data as ArrayLike<number | bigint>, Number);
        expect(answers[name]?.shape).toEqual(shape);
        for (const got of [Array.from((answers[name] as Tensor).data, Number), rowByRow(compiled, name)])
          got.forEach((number, i) =>
            expect(Math.abs(number - (wanted[i] as number))).toBeLessThan(1e-12 * Math.max(1, number)),
          );
      }
    }
  });
});

test('a heap is no loop any more', () => {
  expect(generateCode(heap(5, true)).source).toContain('selectByHeap');
  expect(generateCode(loop()).source).not.toContain('selectByHeap');
});

test.for<[string, OnnxModel]>([
  ['a branch that reads all rows', branch({ flagged: (graph, taken, x) => graph.node('Add', [taken, x]) })],
  [
    'a branch by something else',
    branch({ condition: (graph) => graph.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(1) }) }),
  ],
  ['other rows that change too', branch({ other: (graph, x) => graph.node('Exp', [x]) })],
  ['a loop that changes rows that are done', loop({ keeps: false })],
  ['a loop that counts', loop({ counts: true })],
  ['a loop without an end', loop({ most: 2 ** 40 })],
])('%s is left to ONNX Runtime', ([, model]) => {
  expect(() => compile(model)).toThrowError(expect.objectContaining({ code: 'UNSUPPORTED_OPERATOR' }));
});
