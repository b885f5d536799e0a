import { renamed, tensorInfo, type OnnxModel, type ValueInfo } from '../../onnx/index.ts';
import { Rewriter } from './rewriter.ts';

/** JavaScript runtimes take no bfloat16 from outside: such inputs and outputs become float32, which holds each of its values. */
export function withoutBfloat16(model: OnnxModel): OnnxModel {
  const { inputs, outputs } = model.graph;
  const isHalf = ({ type }: ValueInfo) => type.kind === 'tensor' && type.dtype === 'bfloat16';
  const halves = [...inputs, ...outputs].filter(isHalf);
  if (!halves.length) return model;
  const rewriter = new Rewriter(model);
  const names = new Map(halves.map(({ name }) => [name, rewriter.unique(`${name}#half`)]));
  const graph = renamed(model.graph, names);
  const innerOf = ({ name }: ValueInfo) => names.get(name) as string;
  const wide = (info: ValueInfo) =>
    isHalf(info) ? tensorInfo(info.name, 'float32', info.type.kind === 'tensor' ? info.type.shape : null) : info;
  for (const info of inputs)
    if (isHalf(info))
      rewriter.before.push(rewriter.node('Cast', [info.name], innerOf(info), { to: { dtype: info.dtype } }));
  for (const info of outputs)
    if (isHalf(info))
      rewriter.after.push(rewriter.node('Cast', [innerOf(info)], info.name, { to: { dtype: 'float32' } }));
  return rewriter.build(graph, inputs.map(wide), outputs.map(wide));
}
