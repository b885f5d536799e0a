import { fail } from '../errors/index.ts';
import type { DType, Tensor } from '../tensor/index.ts';
import { attribute, type AttributeValue } from './attributes.ts';
import { arrayOf } from './dtypes.ts';
import {
  tensorInfo,
  type Attribute,
  type Dim,
  type Graph,
  type Node,
  type OnnxModel,
  type ValueInfo,
} from './model.ts';
import { renamed } from './rename.ts';
import { TensorPool } from './tensor-pool.ts';

export interface GraphBuilderOptions {
  readonly opset?: number;
  /** Version of ai.onnx.ml. */
  readonly ml?: number;
  /** IR version. */
  readonly ir?: number;
}

export interface NodeOptions {
  /** '' (ai.onnx) unless said otherwise, e.g. `ai.onnx.ml`. */
  readonly domain?: string;
  /** Number of outputs, for `nodes`. */
  readonly outputs?: number;
}

type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * Builds an ONNX model node by node; a value is the string that `input`, `constant` and `node` return.
 *
 * Values are counted, so the same calls give the same model. A value is not the name in the file: inputs and
 * outputs get the names they were declared with, and generated names give way to them.
 */
export class GraphBuilder {
  readonly #options: Required<GraphBuilderOptions>;
  readonly #counter: { next: number };
  readonly #nodes: Node[] = [];
  readonly #constants = new TensorPool();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  /** Names of declared inputs and outputs by value. */
  readonly #declared = new Map<string, string>();
  /** Values that nodes of this graph compute. */
  readonly #computed = new Set<string>();

  /** `within` makes the builder of a subgraph (the body of a Loop), which may use the values of the graph around it. */
  constructor(options: GraphBuilderOptions = {}, within?: GraphBuilder) {
    this.#options = { opset: 17, ml: 3, ir: 8, ...options };
    this.#counter = within ? within.#counter : { next: 0 };
  }

  /** Declares an input and returns its value. */
  input(name: string, dtype: DType, shape: readonly Dim[]): string {
    const value = this.#next('i');
    this.#declared.set(value, name);
    this.#inputs.push(tensorInfo(value, dtype, shape));
    return value;
  }

  /** A constant; equal tensors share one. The data must not change afterwards. */
  constant(tensor: Tensor): string {
    return this.#constants.add(tensor, () => this.#next('c'));
  }

  /** A constant of shape []. */
  scalar(dtype: Exclude<DType, 'string' | 'float16' | 'bfloat16'>, value: number): string {
    const data = new arrayOf[dtype](1);
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[0] = BigInt(value);
    else data[0] = value;
    return this.constant({ dtype, shape: [], data });
  }

  /** Adds an operation with one output and returns it. An input that is left out is ''. */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}, options: NodeOptions = {}): string {
    return this.nodes(op, inputs, attributes, { ...options, outputs: 1 })[0] as string;
  }

  /** Adds an operation and returns its `options.outputs` outputs. */
  nodes(op: string, inputs: readonly string[], attributes: Attributes = {}, options: NodeOptions = {}): string[] {
    const { domain = '', outputs: count = 1 } = options;
    const outputs = Array.from({ length: count }, () => this.#next('t'));
    for (const value of outputs) this.#computed.add(value);
    const entries = Object.entries(attributes).map(([key, value]): [string, Attribute] => [key, attribute(key, value)]);
    this.#nodes.push({ op, domain, name: '', inputs: [...inputs], outputs, attributes: new Map(entries) });
    return outputs;
  }

  /** Declares `value` as the output `name`. */
  output(name: string, value: string, dtype: DType, shape: readonly Dim[]): void {
    const own = this.#computed.has(value) && !this.#declared.has(value) ? value : this.node('Identity', [value]);
    this.#declared.set(own, name);
    this.#outputs.push(tensorInfo(own, dtype, shape));
  }

  /** The graph alone, for an attribute `{ graph }`: its names are final when the model around it is built. */
  subgraph(): Graph {
    return {
      name: `g${this.#counter.next++}`,
      nodes: this.#nodes,
      initializers: this.#constants.tensors,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  build(metadata: Readonly<Record<string, string>> = {}): OnnxModel {
    const { opset, ml, ir } = this.#options;
    return {
      irVersion: ir,
      opsets: [
        { domain: '', version: opset },
        { domain: 'ai.onnx.ml', version: ml },
      ],
      producer: 'slipway',
      graph: renamed({ ...this.subgraph(), name: 'model' }, this.#finalNames()),
      metadata: new Map(Object.entries(metadata)),
    };
  }

  #next(prefix: string): string {
    return `${prefix}${this.#counter.next++}`;
  }

  /** Declared names, and new ones for generated values whose name an input or output took. */
  #finalNames(): Map<string, string> {
    const names = new Map(this.#declared);
    const declared = [...this.#declared.values()];
    const taken = new Set(declared);
    if (taken.size < names.size || taken.has('')) {
      throw fail('INVALID_GRAPH', { problem: 'two inputs or outputs have the same name, or one has none.' });
    }
    for (const name of declared) {
      if (names.has(name)) continue;
      let free = `${name}_`;
      while (taken.has(free)) free += '_';
      taken.add(free);
      names.set(name, free);
    }
    return names;
  }
}
