import { expect, test, vi } from 'vitest';
import { runOrt } from '../../../../test/ort.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/index.ts';
import { float64, type Tensor } from '../tensor/index.ts';
import { compile } from './index.ts';
import { outlined } from './outline.ts';
import { Program } from './code.ts';

const width = 33;
const rows = 6;

function graphOf(write: (graph: GraphBuilder, x: string, constant: (seed: number) => string) => string): OnnxModel {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', width]);
  const constant = (seed: number) =>
    graph.constant(
      float64(
        Array.from({ length: width }, (_, i) => Math.sin(i * seed) * 3),
        [1, width],
      ),
    );
  graph.output('y', write(graph, x, constant), 'float64', ['N', 'M']);
  return graph.build();
}

const single = (graph: GraphBuilder, number: number) => graph.constant(float64([number], [1, 1]));
const points = (graph: GraphBuilder) =>
  graph.constant(
    float64(
      Array.from({ length: width * 37 }, (_, i) => Math.cos(i)),
      [1, width, 37],
    ),
  );
const onAxis = (graph: GraphBuilder, x: string) =>
  graph.node('Unsqueeze', [x, graph.constant({ dtype: 'int64', shape: [1], data: BigInt64Array.of(2n) })]);
const sumOf = (graph: GraphBuilder, terms: string) =>
  graph.node('ReduceSum', [terms, graph.constant({ dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) })], {
    keepdims: 0,
  });

test.for([
  ['powers', (graph, x) => graph.node('Exp', [x])],
  ['powers of an expression', (graph, x, constant) => graph.node('Exp', [graph.node('Mul', [x, constant(0.3)])])],
  [
    'powers of powers, with a number of the row',
    (graph, x, constant) => {
      const powers = graph.node('Exp', [graph.node('Mul', [x, single(graph, 0.01)])]);
      const norm = graph.node('ReduceSumSquare', [x], { axes: [1], keepdims: 1 });
      const sum = graph.node('Add', [graph.node('Sub', [powers, norm]), constant(2)]);
      return graph.node('Exp', [graph.node('Max', [graph.node('Mul', [sum, single(graph, -0.1)]), single(graph, 0)])]);
    },
  ],
  [
    'squared distances',
    (graph, x) => {
      const difference = graph.node('Sub', [onAxis(graph, x), points(graph)]);
      return sumOf(graph, graph.node('Mul', [difference, difference]));
    },
  ],
  [
    'squared distances the other way round',
    (graph, x) =>
      graph.node('ReduceSumSquare', [graph.node('Sub', [points(graph), onAxis(graph, x)])], { axes: [1], keepdims: 0 }),
  ],
  [
    'layers',
    (graph, x, constant) => {
      const matrix = (seed: number) =>
        graph.constant(
          float64(
            Array.from({ length: width * width }, (_, i) => Math.sin(i * seed)),
            [width, width],
          ),
        );
      const hidden = graph.node('Relu', [graph.node('Gemm', [x, matrix(0.7), constant(1)])]);
      return graph.node('Gemm', [hidden, matrix(1.3), constant(2)]);
    },
  ],
] as const satisfies readonly (readonly [string, Parameters<typeof graphOf>[0]])[])(
  '%s: the same without WebAssembly, and as in ONNX Runtime',
  async ([, write]) => {
    const model = graphOf(write);
    const numbers = Float64Array.from({ length: rows * width }, (_, i) => Math.cos(i * 1.7) * 10 ** (i % 3));
    // What the kernel leaves out: one row each, so that it must not stay for the next.
    numbers.set([-0, 0, 5e-324, 700, 709.7, 710, 1e300], 0);
    numbers.set([-700, -699.9, -720, -745, -745.2, -746, -1e300], width);
    numbers.set([NaN, Infinity, -Infinity], 2 * width);
    numbers.set([-800, -Infinity, -746.5, -2000], 3 * width);
    const x = float64(numbers, [rows, width]);
    const { y: fast } = compile(model).run({ x }) as { y: Tensor };
    const { y: expected } = (await runOrt(model, { x })) as { y: Tensor };
    fast.data.forEach((element, i) => {
      const wanted = expected.data[i] as number;
      if (!Number.isFinite(wanted)) expect(element).toBe(wanted);
      else expect(Math.abs((element as number) - wanted)).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(wanted)));
    });
    const columns = fast.shape[1] as number;
    const rowByRow = (compiled: ReturnType<typeof compile>) =>
      Array.from({ length: rows }, (_, row) => {
        compiled.numbers.set(numbers.subarray(row * width, (row + 1) * width));
        compiled.runRow();
        return [...(compiled.rowOutputs['y'] as Float64Array)];
      }).flat();
    expect(fast.data).toHaveLength(rows * columns);
    expect(rowByRow(compile(model))).toEqual([...(fast.data as Float64Array)]);
    vi.stubGlobal('WebAssembly', undefined);
    try {
      expect(compile(model).run({ x })['y']).toEqual(fast);
      expect(rowByRow(compile(model))).toEqual([...(fast.data as Float64Array)]);
    } finally {
      vi.unstubAllGlobals();
    }
  },
);

test('long code is taken apart where its parts need nothing around them', () => {
  const program = new Program();
  const loop = (i: number) => [`    for (let i${i} = 0; i${i} < 4; i${i}++) {`, `      a1[0] += i${i};`, '    }'];
  const loops = Array.from({ length: 50 }, (_, i) => loop(i)).flat();
  const code = [...loops, '    const v1 = a1[0];', '    a2[0] = v1;', ...loops].join('\n');
  const source = outlined(code, program);
  expect(source.split('\n').length).toBeLessThan(10);
  const run = (body: string) => {
    const [a1, a2] = [[0], [0]];
    // oxlint-disable-next-line typescript/no-implied-eval -- generated code is run as a model's is
    new Function('a1', 'a2', [...program.scratch, body].join('\n'))(a1, a2);
    return [a1, a2];
  };
  expect(run(source)).toEqual(run(code));
  expect(run(source)).toEqual([[600], [300]]);
});
