import {
  attribute,
  opsetOf,
  type AttributeValue,
  type Graph,
  type Node,
  type OnnxModel,
  type ValueInfo,
} from '../../onnx/index.ts';
import { int64, type Tensor } from '../../tensor/index.ts';

/** Adds nodes before and after those of a foreign graph, under names that it does not use. */
export class Rewriter {
  readonly model: OnnxModel;
  readonly before: Node[] = [];
  readonly after: Node[] = [];
  readonly #initializers = new Map<string, Tensor>();
  readonly #names: Set<string>;

  constructor(model: OnnxModel) {
    this.model = model;
    this.#names = namesOf(model.graph);
  }

  /** `name`, or the same with a number where the graph has it already. */
  unique(name: string): string {
    let free = name;
    for (let i = 1; this.#names.has(free); i++) free = `${name}#${i}`;
    this.#names.add(free);
    return free;
  }

  constant(tensor: Tensor, name = '#constant'): string {
    const free = this.unique(name);
    this.#initializers.set(free, tensor);
    return free;
  }

  node(op: string, inputs: readonly string[], output: string, attributes: Record<string, AttributeValue> = {}): Node {
    const given = Object.entries(attributes).map(([name, value]) => [name, attribute(name, value)] as const);
    return { op, domain: '', name: '', inputs, outputs: [output], attributes: new Map(given) };
  }

  /** Takes away or adds axis 0: the axes are an input from opset 13 on, an attribute before. */
  axis0(op: 'Squeeze' | 'Unsqueeze', input: string, output: string): Node {
    if (opsetOf(this.model) > 0 && opsetOf(this.model) < 13) return this.node(op, [input], output, { axes: [0] });
    return this.node(op, [input, this.constant(int64([0]), '#axis')], output);
  }

  /** The graph with the new nodes around `graph`'s own. */
  build(graph: Graph, inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): OnnxModel {
    const { model } = this;
    const opsets = model.opsets.some(({ domain }) => domain === '')
      ? model.opsets
      : [{ domain: '', version: 13 }, ...model.opsets];
    return {
      ...model,
      opsets,
      graph: {
        ...graph,
        inputs,
        outputs,
        initializers: new Map([...graph.initializers, ...this.#initializers]),
        nodes: [...this.before, ...graph.nodes, ...this.after],
      },
    };
  }
}

function namesOf(graph: Graph): Set<string> {
  const names = new Set<string>(graph.initializers.keys());
  for (const { name } of graph.inputs) names.add(name);
  for (const { outputs, inputs, attributes } of graph.nodes) {
    for (const name of [...inputs, ...outputs]) names.add(name);
    for (const { kind, value } of attributes.values())
      if (kind === 'graph') for (const name of namesOf(value)) names.add(name);
  }
  return names;
}

const producers = new WeakMap<Graph, ReadonlyMap<string, Node>>();

/** The node that computes a value, looking through Identity. */
export function producerOf(graph: Graph, name: string): Node | undefined {
  let known = producers.get(graph);
  if (!known) {
    known = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    producers.set(graph, known);
  }
  let node = known.get(name);
  while (node?.op === 'Identity' && node.domain === '') node = known.get(node.inputs[0] ?? '');
  return node;
}
