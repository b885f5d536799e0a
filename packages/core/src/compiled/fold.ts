import { SlipwayError } from '../errors/index.ts';
import { concreteShapes, tensorInfo, type Node, type OnnxModel } from '../onnx/index.ts';
import { int64, type Tensor } from '../tensor/index.ts';
import { flattened } from './row-node.ts';
import { constantTensor } from './constant-tensor.ts';
import { rowCounts } from './plan.ts';
import { dataInputs } from './steps.ts';
import { beyond } from './length.ts';

/** Computes named values of a graph that has no inputs. */
export type Evaluate = (model: OnnxModel) => ReadonlyMap<string, Tensor>;

/** The model with everything that does not depend on its inputs computed once, by the code that is generated for it. */
export function foldConstants(model: OnnxModel, evaluate: Evaluate): OnnxModel {
  const { graph } = model;
  const constants = new Map(graph.initializers);
  const computed = graph.nodes.filter((node) => {
    if (node.op !== 'Constant' || node.domain !== '') return true;
    constants.set(node.outputs[0] ?? '', constantTensor(node));
    return false;
  });
  const [first, second] = rowCounts.map((rows) => shapesFor(model, rows));
  const isSame = (name: string) => {
    const [a, b] = [first?.get(name)?.shape, second?.get(name)?.shape];
    return a && b && a.length === b.length && a.every((dim, i) => dim === b[i]);
  };
  const fixed = new Set<string>(constants.keys());
  const settled: Node[] = [];
  const open: Node[] = [];
  for (const node of computed) {
    if (node.op === 'Shape' || node.op === 'Size') {
      const [a, b] = [first, second].map((shapes) => shapes?.get(node.outputs[0] ?? '')?.value);
      if (!a || !b || a.some((dim, i) => dim !== b[i])) {
        open.push(node);
        continue;
      }
      constants.set(node.outputs[0] ?? '', int64(a, node.op === 'Size' ? [] : [a.length]));
      fixed.add(node.outputs[0] ?? '');
      continue;
    }
    const isFixed =
      dataInputs(node).every((name) => fixed.has(name)) && node.outputs.every((name) => name === '' || isSame(name));
    if (!isFixed) {
      open.push(node);
      continue;
    }
    settled.push(node);
    for (const name of node.outputs) fixed.add(name);
  }
  if (settled.length === 0) return { ...model, graph: { ...graph, nodes: computed, initializers: constants } };

  const made = new Set(settled.flatMap(({ outputs }) => outputs));
  const wanted = new Set(
    [...open.flatMap(dataInputs), ...graph.outputs.map(({ name }) => name)].filter((name) => made.has(name)),
  );
  const initializers = new Map(constants);
  for (const name of settled.flatMap(({ inputs }) => inputs)) {
    const value = first?.get(name)?.value;
    if (!initializers.has(name) && !made.has(name) && value) initializers.set(name, int64(value));
  }
  const outputs = [...wanted].map((name) => {
    const { dtype, shape } = first?.get(name) ?? {};
    return tensorInfo(name, dtype ?? 'float64', shape ?? []);
  });
  const values = evaluate({ ...model, graph: { ...graph, nodes: settled, initializers, inputs: [], outputs } });
  for (const [name, tensor] of values) constants.set(name, tensor);
  return { ...model, graph: { ...graph, nodes: open, initializers: constants } };
}

/** A graph that was checked with one row and does not fit many has an axis with a limit: positions of a language model. */
function shapesFor({ graph }: OnnxModel, rows: number) {
  try {
    return concreteShapes(flattened(graph), () => rows, Infinity);
  } catch (cause) {
    if (!(cause instanceof SlipwayError) || cause.code !== 'INVALID_GRAPH') throw cause;
    throw beyond();
  }
}
