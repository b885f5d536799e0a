import { expect, test, vi } from 'vitest';
import { runOrt } from '../../../../test/ort.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/index.ts';
import { float64, type Tensor } from '../tensor/index.ts';
import { compile, fromModule, generateCode, toModule, type Factory } from './index.ts';

const rows = 5;

/** Two layers: x·W + b, then that times V; sizes with panels that are not full. */
function layers(depth: number, columns: number): OnnxModel {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', depth]);
  const constant = (size: readonly number[], seed: number) =>
    graph.constant(
      float64(
        Array.from({ length: size.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * seed)),
        size,
      ),
    );
  const hidden = graph.node('Gemm', [x, constant([depth, columns], 1.1), constant([columns], 3)]);
  const y = graph.node('MatMul', [graph.node('Tanh', [hidden]), constant([columns, 17], 0.7)]);
  graph.output('y', y, 'float64', ['N', 17]);
  return graph.build();
}

function sample(depth: number): Tensor {
  const numbers = Float64Array.from({ length: rows * depth }, (_, i) => Math.cos(i) * 10 ** (i % 5));
  // What a row has must not stay for the next one.
  numbers[depth + 1] = NaN;
  numbers[2 * depth] = Infinity;
  return float64(numbers, [rows, depth]);
}

test.for([
  [7, 16],
  [30, 21],
  [33, 100],
  [200, 3],
  [12, 1000],
] as const)(
  'a product of %i and %i columns: the same without WebAssembly, and as in ONNX Runtime',
  async ([depth, columns]) => {
    const model = layers(depth, columns);
    const x = sample(depth);
    const { y: fast } = compile(model).run({ x }) as { y: Tensor };
    const { y: expected } = (await runOrt(model, { x })) as { y: Tensor };
    fast.data.forEach((element, i) => {
      const wanted = expected.data[i] as number;
      if (Number.isNaN(wanted)) expect(element).toBeNaN();
      else expect(Math.abs((element as number) - wanted)).toBeLessThan(1e-9);
    });
    const { mjs, bin } = toModule(generateCode(model));
    const url = `data:text/javascript;base64,${Buffer.from(mjs).toString('base64')}`;
    const factory = ((await import(url)) as { default: Factory }).default;
    expect(fromModule(factory, bin).run({ x })['y']).toEqual(fast);
    vi.stubGlobal('WebAssembly', undefined);
    try {
      const plain = compile(model);
      expect(plain.run({ x })['y']).toEqual(fast);
      plain.numbers.set((x.data as Float64Array).subarray(3 * depth, 4 * depth));
      plain.runRow();
      expect(plain.rowOutputs['y']).toEqual(Float64Array.from((fast.data as Float64Array).subarray(3 * 17, 4 * 17)));
    } finally {
      vi.unstubAllGlobals();
    }
  },
);
