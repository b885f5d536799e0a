import { fail } from '../../errors/index.ts';
import { intOf, type Graph, type Node, type OnnxModel } from '../../onnx/index.ts';

/** Operators whose answers differ from call to call. */
const random: ReadonlySet<string> = new Set(
  'Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike'.split(' '),
);

/** Refuses what rows cannot fill and what answers for one row only by the others: inputs that are no tensors, training mode. */
export function refuseUnservable({ graph }: OnnxModel): void {
  for (const { name, type } of graph.inputs) {
    if (type.kind === 'tensor') continue;
    throw fail('UNSUPPORTED_MODEL', {
      path: 'graph',
      what: `the input "${name}", which is ${type.kind === 'optional' ? 'an optional' : `a ${type.kind}`} and no tensor,`,
      why: '',
      advice:
        type.kind === 'map'
          ? 'Put a column for each key in place of the dictionary: train with DataFrame or array columns instead of DictVectorizer.'
          : 'Export the model with plain tensors as inputs, one for each member.',
    });
  }
  if (!graph.inputs.length) {
    throw fail('UNSUPPORTED_MODEL', {
      path: 'graph',
      what: 'a graph without inputs',
      why: '',
      advice: 'Export the model with tensors as inputs.',
    });
  }
  for (const node of nodesOf(graph)) if (isTraining(node, graph)) throw training(node);
}

/** What somebody who serves the model should know of it. */
export function warningsOf({ graph }: OnnxModel): string[] {
  const found = new Set([...nodesOf(graph)].filter(({ op }) => random.has(op)).map(({ op }) => op));
  return [...found].map((op) => `The graph draws random numbers (${op}): the same row may be answered differently.`);
}

function* nodesOf(graph: Graph): Generator<Node> {
  for (const node of graph.nodes) {
    yield node;
    for (const { kind, value } of node.attributes.values()) if (kind === 'graph') yield* nodesOf(value);
  }
}

function isTraining(node: Node, graph: Graph): boolean {
  if (node.domain !== '') return false;
  if (node.op === 'BatchNormalization') return intOf(node, 'training_mode', 0) === 1;
  if (node.op !== 'Dropout') return false;
  const [, ratio, mode] = node.inputs;
  return isTrue(constantOf(graph, mode)) && constantOf(graph, ratio) !== 0;
}

/** The single element of a constant; undefined where it is computed. */
function constantOf(graph: Graph, name: string | undefined): number | undefined {
  if (!name) return undefined;
  const tensor = graph.initializers.get(name);
  if (tensor) return Number(tensor.data[0]);
  const value = graph.nodes
    .find(({ op, outputs }) => op === 'Constant' && outputs[0] === name)
    ?.attributes.get('value');
  return value?.kind === 'tensor' ? Number(value.value.data[0]) : undefined;
}

function isTrue(value: number | undefined): boolean {
  return value !== undefined && value !== 0;
}

function training({ op, name }: Node) {
  return fail('UNSUPPORTED_MODEL', {
    path: 'graph',
    what: `${op}${name ? ` "${name}"` : ''} in training mode`,
    why: ': its answer to a row depends on chance or on the other rows.',
    advice: 'Export the model for inference: model.eval() before torch.onnx.export, with training=TrainingMode.EVAL.',
  });
}
