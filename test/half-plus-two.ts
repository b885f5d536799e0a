import { GraphBuilder, writeOnnx } from '../packages/core/src/onnx/index.ts';
import { float32 } from '../packages/core/src/tensor/index.ts';

/** TensorFlow Serving's own example: y = x / 2 + 2, one number a row. */
export function halfPlusTwo(): Uint8Array {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', ['N']);
  const half = graph.node('Mul', [x, graph.constant(float32([0.5], []))]);
  graph.output('y', graph.node('Add', [half, graph.constant(float32([2], []))]), 'float32', ['N']);
  return writeOnnx(graph.build());
}
