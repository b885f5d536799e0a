import { attribute, type AttributeValue, type Node, type OnnxModel, type ValueInfo } from '../../../onnx/index.ts';
import { float32, int64, type Tensor } from '../../../tensor/index.ts';

/** Adds nodes behind a graph that came from elsewhere. Names are new ones. */
export class Appender {
  readonly #model: OnnxModel;
  readonly #nodes: Node[];
  readonly #initializers: Map<string, Tensor>;
  readonly #taken: Set<string>;

  constructor(model: OnnxModel) {
    this.#model = model;
    this.#nodes = [...model.graph.nodes];
    this.#initializers = new Map(model.graph.initializers);
    this.#taken = new Set([
      ...model.graph.inputs.map(({ name }) => name),
      ...model.graph.initializers.keys(),
      ...model.graph.nodes.flatMap(({ outputs }) => outputs),
    ]);
  }

  /** A free name that begins like `wanted`. */
  name(wanted: string): string {
    let free = wanted;
    for (let i = 1; this.#taken.has(free); i++) free = `${wanted}_${i}`;
    this.#taken.add(free);
    return free;
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    output = this.name(`slipway/${op}`),
  ): string {
    const entries = Object.entries(attributes).map(([key, value]) => [key, attribute(key, value)] as const);
    this.#nodes.push({ op, domain: '', name: '', inputs, outputs: [output], attributes: new Map(entries) });
    return output;
  }

  numbers(values: readonly number[], shape?: readonly number[]): string {
    return this.#constant(float32(values, shape));
  }

  integers(values: readonly number[]): string {
    return this.#constant(int64(values));
  }

  /** Sum over an axis: the axis is an input from opset 13 on. */
  sum(value: string, axis: number, keep: boolean, opset: number): string {
    const keepdims = keep ? 1 : 0;
    return opset >= 13
      ? this.node('ReduceSum', [value, this.integers([axis])], { keepdims })
      : this.node('ReduceSum', [value], { axes: [axis], keepdims });
  }

  build(outputs: readonly ValueInfo[]): OnnxModel {
    const { graph } = this.#model;
    return { ...this.#model, graph: { ...graph, nodes: this.#nodes, initializers: this.#initializers, outputs } };
  }

  #constant(tensor: Tensor): string {
    const name = this.name('slipway/constant');
    this.#initializers.set(name, tensor);
    return name;
  }
}
