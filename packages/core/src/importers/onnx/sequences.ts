import { fail } from '../../errors/index.ts';
import {
  arrayOf,
  attribute,
  inferShapes,
  intOf,
  tensorInfo,
  type Attribute,
  type Graph,
  type Node,
  type OnnxModel,
  type ValueInfo,
  type ValueType,
} from '../../onnx/index.ts';
import type { Scalar, Structure } from '../../signature/index.ts';
import { int64, strings, tensor, type DType } from '../../tensor/index.ts';
import { producerOf, Rewriter } from './rewriter.ts';

/** A graph whose outputs are tensors only, and what they stand for. */
export interface TensorOutputs {
  readonly model: OnnxModel;
  /** By the name of the output that it takes the place of. */
  readonly structures: ReadonlyMap<string, Structure>;
  /** The number of elements of a sequence is known only when it is computed: rows run one at a time. */
  readonly isDynamic: boolean;
}

/** Puts tensors in place of outputs that are maps or sequences, which no runtime of ours gives out. */
export function withTensorOutputs(model: OnnxModel): TensorOutputs {
  const { graph } = model;
  if (graph.outputs.every(({ type }) => type.kind === 'tensor'))
    return { model, structures: new Map(), isDynamic: false };
  const rewriter = new Rewriter(model);
  const structures = new Map<string, Structure>();
  const dropped = new Set<Node>();
  let isDynamic = false;
  const outputs = graph.outputs.flatMap((info): ValueInfo[] => {
    if (info.type.kind === 'tensor') return [info];
    const { name, type } = info;
    if (type.kind !== 'sequence') throw refused(info, type);
    const { element } = type;
    if (element.kind === 'map') return [zipped(info, rewriter, structures, dropped)];
    if (element.kind !== 'tensor') throw refused(info, type);
    const items = itemsOf(model, name, rewriter);
    if (items) {
      structures.set(info.name, { kind: 'list', items });
      return items.map((item) => ({ name: item, dtype: element.dtype, shape: element.shape ?? [], type: element }));
    }
    isDynamic = true;
    return flattened(info.name, name, element, graph, rewriter, structures);
  });
  const kept = { ...graph, nodes: graph.nodes.filter((node) => !dropped.has(node)) };
  return { model: rewriter.build(kept, graph.inputs, outputs), structures, isDynamic };
}

/** ZipMap: the matrix that it zips, under the name of the map. */
function zipped(
  info: ValueInfo,
  rewriter: Rewriter,
  structures: Map<string, Structure>,
  dropped: Set<Node>,
): ValueInfo {
  const { graph } = rewriter.model;
  const node = producerOf(graph, info.name);
  const keys = node && labelsOf(node);
  if (node?.op !== 'ZipMap' || !keys) throw refused(info, info.type);
  for (const each of graph.nodes) if (each === node || each.outputs.includes(info.name)) dropped.add(each);
  rewriter.after.push(rewriter.node('Identity', [node.inputs[0] as string], info.name));
  structures.set(info.name, { kind: 'map', keys, values: info.name });
  return tensorInfo(info.name, 'float32', ['N', keys.length]);
}

/** The members of a sequence whose number is known: tensors that are put together, or parts of a split. */
function itemsOf(model: OnnxModel, name: string, rewriter: Rewriter): string[] | undefined {
  const node = producerOf(model.graph, name);
  if (node?.domain !== '') return undefined;
  if (node.op === 'SequenceEmpty') return [];
  if (node.op === 'SequenceConstruct') {
    return node.inputs.map((input, i) => {
      const item = rewriter.unique(`${name}#${i}`);
      rewriter.after.push(rewriter.node('Identity', [input], item));
      return item;
    });
  }
  if (node.op !== 'SplitToSequence') return undefined;
  return splitItems(model, node, name, rewriter);
}

function splitItems(model: OnnxModel, node: Node, name: string, rewriter: Rewriter): string[] | undefined {
  const [input = '', split] = node.inputs;
  const shape = inferShapes(model).get(input)?.shape;
  const at = intOf(node, 'axis', 0);
  const axis = at < 0 && shape ? at + shape.length : at;
  const dim = shape?.[axis];
  if (axis <= 0 || typeof dim !== 'number') return undefined;
  const given = split ? model.graph.initializers.get(split) : undefined;
  if (split && !given) return undefined;
  const each = given?.shape.length === 0 ? Number(given.data[0]) : split ? undefined : 1;
  const sizes = each === undefined ? Array.from(given?.data ?? [], Number) : chunks(dim, each);
  if (!sizes || sizes.length > 1000) return undefined;
  const items = sizes.map((_, i) => rewriter.unique(`${name}#${i}`));
  const dropsAxis = !split && intOf(node, 'keepdims', 1) === 0;
  let start = 0;
  sizes.forEach((size, i) => {
    const index = rewriter.constant(
      dropsAxis ? int64([start], []) : int64(Array.from({ length: size }, (_, k) => start + k)),
    );
    rewriter.after.push(rewriter.node('Gather', [input, index], items[i] as string, { axis }));
    start += size;
  });
  return items;
}

function chunks(dim: number, size: number): number[] | undefined {
  if (size <= 0) return undefined;
  return Array.from({ length: Math.ceil(dim / size) }, (_, i) => Math.min(size, dim - i * size));
}

/**
 * A sequence of any length as two vectors: all elements behind each other, and for each member its rank and dimensions.
 * A Loop goes through it, because members may differ in shape.
 */
function flattened(
  shown: string,
  sequence: string,
  element: ValueType & { kind: 'tensor' },
  graph: Graph,
  rewriter: Rewriter,
  structures: Map<string, Structure>,
): ValueInfo[] {
  const { dtype } = element;
  const [data, sizes, length] = ['data', 'sizes', 'length'].map((part) => rewriter.unique(`${shown}#${part}`)) as [
    string,
    string,
    string,
  ];
  const empty = rewriter.constant(dtype === 'string' ? strings([]) : tensor(dtype, [0], new arrayOf[dtype](0)));
  const none = rewriter.constant(int64([]));
  const body = loopBody(sequence, dtype, rewriter);
  rewriter.after.push(rewriter.node('SequenceLength', [sequence], length));
  const attributes = new Map<string, Attribute>([['body', attribute('body', { graph: body })]]);
  rewriter.after.push({
    op: 'Loop',
    domain: '',
    name: '',
    inputs: [length, '', empty, none],
    outputs: [data, sizes],
    attributes,
  });
  const batch = graph.inputs[0]?.type;
  const lead = batch?.kind === 'tensor' ? batch.shape?.[0] : undefined;
  // Members that say that they have the axis of the rows are shown without it.
  const hasRows = element.shape !== null && element.shape.length > 0 && element.shape[0] === lead && lead !== null;
  structures.set(shown, { kind: 'sequence', data, sizes, ...(hasRows ? { hasRows } : {}) });
  return [tensorInfo(data, dtype, [`${shown}#elements`]), tensorInfo(sizes, 'int64', [`${shown}#sizes`])];
}

function loopBody(sequence: string, dtype: DType, rewriter: Rewriter): Graph {
  const u = (name: string) => rewriter.unique(`#loop/${name}`);
  const [i, go, goOn, data, sizes, member, flat, shape, rank, dataOut, sizesOut] = [
    'i',
    'go',
    'goOn',
    'data',
    'sizes',
    'member',
    'flat',
    'shape',
    'rank',
    'dataOut',
    'sizesOut',
  ].map(u) as [string, string, string, string, string, string, string, string, string, string, string];
  const minusOne = rewriter.constant(int64([-1]));
  return {
    name: 'members',
    initializers: new Map(),
    inputs: [
      tensorInfo(i, 'int64', []),
      tensorInfo(go, 'bool', []),
      tensorInfo(data, dtype, [null]),
      tensorInfo(sizes, 'int64', [null]),
    ],
    nodes: [
      rewriter.node('Identity', [go], goOn),
      rewriter.node('SequenceAt', [sequence, i], member),
      rewriter.node('Reshape', [member, minusOne], flat),
      rewriter.node('Shape', [member], shape),
      rewriter.node('Shape', [shape], rank),
      rewriter.node('Concat', [data, flat], dataOut, { axis: 0 }),
      rewriter.node('Concat', [sizes, rank, shape], sizesOut, { axis: 0 }),
    ],
    outputs: [tensorInfo(goOn, 'bool', []), tensorInfo(dataOut, dtype, [null]), tensorInfo(sizesOut, 'int64', [null])],
  };
}

/** Labels that a node of ai.onnx.ml carries. */
export function labelsOf({ attributes }: Node): readonly Scalar[] | undefined {
  for (const name of ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints']) {
    const found: Attribute | undefined = attributes.get(name);
    if (found?.kind === 'strings' && found.value.length) return found.value;
    if (found?.kind === 'ints' && found.value.length) return Array.from(found.value, Number);
  }
  return undefined;
}

function refused({ name }: ValueInfo, type: ValueType) {
  return fail('UNSUPPORTED_MODEL', {
    path: 'graph',
    what: `the output "${name}", which is ${describe(type)},`,
    why: '',
    advice: 'Export the model with tensors as outputs, such as options={"zipmap": False} of skl2onnx.',
  });
}

function describe(type: ValueType): string {
  if (type.kind === 'tensor') return `a tensor of ${type.dtype}`;
  if (type.kind === 'map') return `a map from ${type.key}`;
  return `${type.kind === 'optional' ? 'an optional' : 'a sequence'} of ${describe(type.element).replace(/^an? /, '')}s`;
}
