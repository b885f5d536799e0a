import { ARRAY_INPUT } from '../../ir/index.ts';
import { codeOf, renamed, tensorInfo, type Node, type OnnxModel, type ValueInfo } from '../../onnx/index.ts';
import type { Column, ColumnType, RowForm, TensorSpec } from '../../signature/index.ts';
import { int64, type DType, type Tensor } from '../../tensor/index.ts';

/** A model whose inputs are what rows fill: float64 and text columns, one matrix X, or its tensors as they were. */
export interface ColumnInputs {
  readonly model: OnnxModel;
  readonly form: RowForm;
  readonly columns: readonly Column[];
  readonly tensors?: readonly TensorSpec[];
}

/** float16 is not among them: ONNX Runtime leaves out a cast to it where it computes in float32, and rounds nothing. */
const NUMBERS: ReadonlySet<DType> = new Set([
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'bool',
]);

/** Columns are inputs `[N,1]` (or `[N]`), or one input `[N,F]`; casts in front of them make them float64 or text. */
export function columnInputs(model: OnnxModel, oneByOne: boolean): ColumnInputs {
  const { inputs } = model.graph;
  const [only] = inputs as readonly [ValueInfo];
  const isRows = ({ shape: [lead] }: ValueInfo) => lead !== undefined && (typeof lead !== 'number' || oneByOne);
  const width = only.shape[1];
  if (inputs.length === 1 && only.shape.length === 2 && typeof width === 'number' && width > 1 && isRows(only)) {
    if (NUMBERS.has(only.dtype)) return matrix(model, only, width);
    if (only.dtype === 'string') return textColumns(model, only, width);
  }
  if (inputs.every((info) => isRows(info) && isColumn(info)) && (inputs.length > 1 || only.shape.length === 2))
    return table(model, inputs);
  return { model, form: 'tensors', columns: [], tensors: inputs.map(specOf) };
}

function isColumn(info: ValueInfo): boolean {
  const { shape, dtype } = info;
  return (shape.length === 1 || (shape.length === 2 && shape[1] === 1)) && (NUMBERS.has(dtype) || dtype === 'string');
}

function specOf({ name, dtype, shape }: ValueInfo): TensorSpec {
  return { name, dtype, shape: shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : null)) };
}

function matrix(model: OnnxModel, info: ValueInfo, width: number): ColumnInputs {
  const columns = Array.from({ length: width }, (_, i) => columnOf(`x${i}`, info.dtype));
  const rewritten = rewrite(model, [{ info, width }], [ARRAY_INPUT]);
  return { model: rewritten, form: 'array', columns };
}

function table(model: OnnxModel, inputs: readonly ValueInfo[]): ColumnInputs {
  return {
    model: rewrite(
      model,
      inputs.map((info) => ({ info, width: 1 })),
      inputs.map(({ name }) => name),
    ),
    form: 'table',
    columns: inputs.map(({ name, dtype }) => columnOf(name, dtype)),
  };
}

/** One matrix of texts becomes a text column for each of its positions. */
function textColumns(model: OnnxModel, info: ValueInfo, width: number): ColumnInputs {
  const names = Array.from({ length: width }, (_, i) => `x${i}`);
  const join: Node = {
    op: 'Concat',
    domain: '',
    name: '',
    inputs: names,
    outputs: [inner(info.name)],
    attributes: new Map([['axis', { kind: 'int', value: 1 }]]),
  };
  const graph = renamed(model.graph, new Map([[info.name, inner(info.name)]]));
  return {
    model: {
      ...model,
      graph: {
        ...graph,
        inputs: names.map((name) => tensorInfo(name, 'string', [leadOf(info), 1])),
        nodes: [join, ...graph.nodes],
      },
    },
    form: 'array',
    columns: names.map((name) => columnOf(name, 'string')),
  };
}

function columnOf(name: string, dtype: DType): Column {
  const type: ColumnType =
    dtype === 'string' ? 'string' : dtype === 'bool' ? 'boolean' : dtype.startsWith('float') ? 'number' : 'integer';
  const isFloat = type === 'number';
  return {
    name,
    type,
    nullable: isFloat || type === 'string',
    required: true,
    ...(isFloat ? { infinite: true } : {}),
  };
}

/** One row at a time, or any number. */
const leadOf = ({ shape: [lead] }: ValueInfo) => (typeof lead === 'number' ? lead : 'N');

const inner = (name: string): string => `${name}#given`;

/** New float64 and text inputs, cast and squeezed to what the graph took; the graph's own values move out of the way. */
function rewrite(
  model: OnnxModel,
  given: readonly { info: ValueInfo; width: number }[],
  names: readonly string[],
): OnnxModel {
  const graph = renamed(model.graph, new Map(given.map(({ info }) => [info.name, inner(info.name)])));
  const nodes: Node[] = [];
  const initializers = new Map<string, Tensor>(graph.initializers);
  const inputs = given.map(({ info, width }, i) => {
    const name = names[i] as string;
    const { dtype, shape } = info;
    const cast = dtype !== 'string' && dtype !== 'float64';
    const flat = shape.length === 1;
    const steps: { op: string; inputs: string[]; attributes: Node['attributes'] }[] = [];
    if (cast)
      steps.push({ op: 'Cast', inputs: [], attributes: new Map([['to', { kind: 'int', value: codeOf(dtype) }]]) });
    if (flat) {
      initializers.set('#flat', int64([-1]));
      steps.push({ op: 'Reshape', inputs: ['#flat'], attributes: new Map() });
    }
    if (!steps.length) steps.push({ op: 'Identity', inputs: [], attributes: new Map() });
    steps.forEach(({ op, inputs: more, attributes }, s) => {
      const from = s === 0 ? name : `${name}#${s}`;
      const to = s === steps.length - 1 ? inner(info.name) : `${name}#${s + 1}`;
      nodes.push({ op, domain: '', name: '', inputs: [from, ...more], outputs: [to], attributes });
    });
    return tensorInfo(name, dtype === 'string' ? 'string' : 'float64', [leadOf(info), width]);
  });
  const opsets = model.opsets.some(({ domain }) => domain === '')
    ? model.opsets
    : [{ domain: '', version: 13 }, ...model.opsets];
  return { ...model, opsets, graph: { ...graph, inputs, initializers, nodes: [...nodes, ...graph.nodes] } };
}
