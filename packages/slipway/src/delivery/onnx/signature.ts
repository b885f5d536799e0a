import { readOnnx, type ValueInfo } from '@slipway/core/onnx';
import { answerColumns } from '@slipway/core/package';
import { MISSING, rowSchema } from '@slipway/core/signature';
import { labelOf, type DeliveredModel } from '../target.ts';

/** `signature.json`: what goes in and out of the graph, for programs that know ONNX Runtime and nothing of Slipway. */
export function graphSignature(model: DeliveredModel): string {
  const { digest, manifest, graph: bytes } = model.pkg;
  const { graph } = readOnnx(bytes);
  const { signature, outputs } = manifest;
  const text = {
    model: labelOf(model),
    digest,
    task: manifest.task,
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    missing: { number: 'NaN', string: MISSING },
    classes: signature.classes ?? null,
    answer: answerColumns(signature, outputs),
    row: rowSchema(signature),
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}

/** Shapes: -1 is the number of rows, or any other length that the caller decides. */
function port({ name, dtype, shape }: ValueInfo) {
  return { name, dtype, shape: shape.map((dim) => (typeof dim === 'number' ? dim : -1)) };
}
