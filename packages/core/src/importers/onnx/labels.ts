import { tensorInfo, type OnnxModel } from '../../onnx/index.ts';
import { Rewriter } from './rewriter.ts';

interface Extended {
  readonly model: OnnxModel;
  /** The output that came. */
  readonly name: string;
}

/** Gives out values of the graph side by side as one matrix. */
export function withJoined(model: OnnxModel, ...values: readonly string[]): Extended {
  const rewriter = new Rewriter(model);
  const name = rewriter.unique('probabilities');
  const [only] = values;
  const dtype = model.graph.outputs.find((info) => info.name === only)?.dtype ?? 'float32';
  rewriter.after.push(
    values.length === 1
      ? rewriter.node('Identity', [only as string], name)
      : rewriter.node('Concat', values, name, { axis: 1 }),
  );
  const lead = model.graph.inputs[0]?.shape[0] === 1 ? 1 : 'N';
  const outputs = [...model.graph.outputs, tensorInfo(name, dtype, [lead, null])];
  return { model: rewriter.build(model.graph, model.graph.inputs, outputs), name };
}

/** The position of the largest column as an output. */
export function withArgMax(model: OnnxModel, value: string): Extended {
  const rewriter = new Rewriter(model);
  const name = rewriter.unique('label');
  rewriter.after.push(rewriter.node('ArgMax', [value], name, { axis: 1, keepdims: 0 }));
  const lead = model.graph.inputs[0]?.shape[0] === 1 ? 1 : 'N';
  const outputs = [...model.graph.outputs, tensorInfo(name, 'int64', [lead])];
  return { model: rewriter.build(model.graph, model.graph.inputs, outputs), name };
}
