import { GraphBuilder, type OnnxModel } from '../onnx/index.ts';
import type { PreStep } from '../pre/index.ts';
import { int64 } from '../tensor/index.ts';
import { input, topological, type InputParams, type Model, type Value } from './value.ts';

/** Name of the single input of models whose rows are arrays. */
export const ARRAY_INPUT = 'X';

/**
 * The ONNX graph of a model: opset 17, ai.onnx.ml 3, IR 8, in the precision of the original.
 *
 * Tables have one input `[N,1]` per used column. Arrays have one input `X` `[N,F]`, unless a position holds strings.
 */
export function emit(model: Model, metadata: Readonly<Record<string, string>> = {}): OnnxModel {
  const graph = new GraphBuilder();
  const names = new Map<Value, string>();
  const order = topological(model.outputs.map((output) => output.value));
  const asMatrix = isArrayOfNumbers(model);
  const matrix = asMatrix ? graph.input(ARRAY_INPUT, 'float64', ['N', model.inputs.length]) : '';
  const read = new Set(order.filter(({ op }) => !op.pre).flatMap(({ inputs }) => inputs));
  for (const { value } of model.outputs) read.add(value);
  for (const value of model.inputs) {
    if (asMatrix || !read.has(value)) continue;
    names.set(value, graph.input(value.params.name, value.dtype, ['N', 1]));
  }
  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const name = asMatrix && value.op.id === input.id ? position(graph, matrix, value) : undefined;
    if (name === undefined) throw new Error(`${value.op.id} is used before it is emitted`);
    names.set(value, name);
    return name;
  };
  for (const value of order) {
    if (value.op.id === input.id) continue;
    const block =
      asMatrix && value.op.id === 'concat' ? positions(graph, matrix, value, model.inputs.length) : undefined;
    names.set(value, block ?? value.op.emit(graph, value.params, value.op.pre ? [] : value.inputs.map(nameOf), value));
  }
  for (const { name, value, flat } of model.outputs) {
    const result = nameOf(value);
    if (flat) {
      const rank1 = graph.node('Squeeze', [result, graph.constant(int64([1]))]);
      graph.output(name, rank1, value.dtype, ['N']);
    } else graph.output(name, result, value.dtype, ['N', value.width]);
  }
  return graph.build(metadata);
}

/** Steps that hosts carry out before the graph, each once. */
export function preSteps(model: Model): PreStep[] {
  const order = topological(model.outputs.map((output) => output.value));
  return [...new Set(order.flatMap(({ op, params }) => op.pre?.(params) ?? []))];
}

/** True when the model takes one matrix `X` instead of one input per column. */
export function isArrayOfNumbers(model: Model): boolean {
  return model.form === 'array' && model.inputs.every((column) => column.dtype === 'float64');
}

function position(graph: GraphBuilder, matrix: string, value: Value): string {
  const at = (value.params as InputParams).position;
  return graph.node('Gather', [matrix, graph.constant(int64([at]))], { axis: 1 });
}

/** A concatenation of positions of X is X itself, or one Gather. */
function positions(graph: GraphBuilder, matrix: string, value: Value, total: number): string | undefined {
  if (!value.inputs.every((operand) => operand.op.id === input.id)) return undefined;
  const indices = value.inputs.map((operand) => (operand.params as InputParams).position);
  if (indices.length === total && indices.every((at, i) => at === i)) return matrix;
  return graph.node('Gather', [matrix, graph.constant(int64(indices))], { axis: 1 });
}
