import { renamed, type OnnxModel, type ValueInfo } from '../../onnx/index.ts';
import { Rewriter } from './rewriter.ts';

/** Outputs that may be empty become what they hold; one that is empty is an error of the row. */
export function withoutOptionals(model: OnnxModel): OnnxModel {
  const { inputs, outputs } = model.graph;
  const optional = outputs.filter(({ type }) => type.kind === 'optional');
  if (!optional.length) return model;
  const rewriter = new Rewriter(model);
  const names = new Map(optional.map(({ name }) => [name, rewriter.unique(`${name}#optional`)]));
  const graph = renamed(model.graph, names);
  const held = outputs.map((info): ValueInfo => {
    if (info.type.kind !== 'optional') return info;
    rewriter.after.push(rewriter.node('OptionalGetElement', [names.get(info.name) as string], info.name));
    return { ...info, type: info.type.element };
  });
  return rewriter.build(graph, inputs, held);
}
