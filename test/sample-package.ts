import { createHash } from 'node:crypto';
import { GraphBuilder, writeOnnx } from '../packages/core/src/onnx/index.ts';
import { readPackage, writePackage, type Package } from '../packages/core/src/package/index.ts';
import { float64 } from '../packages/core/src/tensor/index.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A real, small package: a model that adds `amount` to its column `x`. Each amount gives another digest. */
export function samplePackage(amount: number): Package {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  graph.output('value', graph.node('Add', [x, graph.constant(float64([amount], [1, 1]))]), 'float64', ['N', 1]);
  const files = writePackage(
    {
      graph: writeOnnx(graph.build()),
      signature: {
        form: 'table',
        task: 'regression',
        columns: [{ name: 'x', type: 'number', nullable: false, required: true }],
        outputs: { value: 'value', methods: { predict: 'value' } },
      },
      outputs: [{ name: 'value', dtype: 'float64', shape: [1] }],
      goldens: [
        {
          kind: 'original',
          row: { x: 1 },
          outputs: { value: float64([1 + amount], [1, 1]) },
          tolerance: { relative: 0, absolute: 0 },
        },
      ],
      drift: [],
      report: { what: 'a sum', warnings: [] },
      source: {
        sha256: sha256(Uint8Array.of(amount)),
        size: 1,
        what: 'sum',
        container: 'none',
        library: { name: 'none' },
      },
      requirements: [],
      importer: { name: 'slipway', version: '0.1.0' },
      options: {},
    },
    sha256,
  );
  return readPackage(files, sha256);
}
