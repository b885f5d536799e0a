import { inferShapes, renamed, tensorInfo, type Dim, type OnnxModel, type ValueInfo } from '../../onnx/index.ts';
import { int64 } from '../../tensor/index.ts';
import { Rewriter } from './rewriter.ts';

/** A graph whose inputs and outputs all have the rows in front. */
export interface RowsInFront {
  readonly model: OnnxModel;
  /** The graph takes one row at a time: its batch is fixed at 1, or it has none. */
  readonly oneByOne: boolean;
}

/** Operators that give as many results as the data want. */
const counting: ReadonlySet<string> = new Set('NonZero NonMaxSuppression Unique Compress'.split(' '));
/** Operators that pad each row to the longest. */
const padding: ReadonlySet<string> = new Set(['StringSplit', 'Tokenizer']);

/**
 * Axis 0 of each input and output becomes the rows.
 *
 * A first dimension with a symbol, or with none, is the batch. Where an input has a fixed first dimension, or an output
 * does not follow the batch, the graph answers one row at a time: a first dimension of 1 is a batch of one, and any other
 * tensor is a row as a whole.
 */
export function rowsInFront(model: OnnxModel, isDynamic: boolean): RowsInFront {
  const { inputs, outputs } = model.graph;
  const isBatched = inputs.every((info) => isSymbolic(leadOf(info)));
  const rows = isBatched ? rowsOfBatched(model) : undefined;
  if (rows && !isDynamic && outputs.every(({ name }) => rows.get(name) !== 'none')) {
    const constant = outputs.filter(({ name }) => rows.get(name) === 'constant');
    return { model: constant.length ? repeated(model, constant) : model, oneByOne: false };
  }
  return { model: single(model, isBatched), oneByOne: true };
}

/** How an output of a batched graph relates to its rows. */
function rowsOfBatched(model: OnnxModel): Map<string, 'rows' | 'none' | 'constant'> {
  const { graph } = model;
  const types = inferShapes(model);
  const batch = new Set(graph.inputs.map(leadOf));
  const fromInputs = reach(
    model,
    graph.inputs.map(({ name }) => name),
  );
  const from = (ops: ReadonlySet<string>) =>
    reach(
      model,
      graph.nodes.filter(({ op }) => ops.has(op)).flatMap((node) => node.outputs),
    );
  const [counted, padded] = [from(counting), from(padding)];
  return new Map(
    graph.outputs.map((info) => {
      if (!fromInputs.has(info.name)) return [info.name, 'constant'] as const;
      if (padded.has(info.name)) return [info.name, 'none'] as const;
      const inferred = types.get(info.name)?.shape;
      const declared = info.type.kind === 'tensor' ? info.type.shape : null;
      const shape = inferred ?? declared;
      if (!shape) return [info.name, 'rows'] as const;
      const lead = shape[0];
      if (lead === undefined || typeof lead === 'number') return [info.name, 'none'] as const;
      const isOther = !inferred && counted.has(info.name) && !batch.has(lead);
      return [info.name, isOther ? 'none' : 'rows'] as const;
    }),
  );
}

/** Values that depend on any of `names`, those included. */
function reach({ graph }: OnnxModel, names: readonly string[]): Set<string> {
  const reached = new Set(names);
  if (!reached.size) return reached;
  for (const { inputs, outputs, attributes } of graph.nodes) {
    const hasGraph = [...attributes.values()].some(({ kind }) => kind === 'graph');
    // What a subgraph reads is not listed among the inputs of its node.
    if (hasGraph || inputs.some((name) => reached.has(name))) for (const name of outputs) reached.add(name);
  }
  return reached;
}

/** Outputs that are the same for every row, once for each. */
function repeated(model: OnnxModel, constant: readonly ValueInfo[]): OnnxModel {
  const rewriter = new Rewriter(model);
  const names = new Map(constant.map(({ name }) => [name, rewriter.unique(`${name}#once`)]));
  const graph = renamed(model.graph, names);
  const [first] = model.graph.inputs as readonly [ValueInfo];
  const [shape, count, zero] = [rewriter.unique('#shape'), rewriter.unique('#rows'), rewriter.constant(int64([0]))];
  rewriter.after.push(rewriter.node('Shape', [first.name], shape));
  rewriter.after.push(rewriter.node('Gather', [shape, zero], count));
  const outputs = model.graph.outputs.map((info) => {
    const once = names.get(info.name);
    if (once === undefined) return info;
    const [own, whole] = [rewriter.unique('#shape'), rewriter.unique('#shape')];
    rewriter.after.push(rewriter.node('Shape', [once], own));
    rewriter.after.push(rewriter.node('Concat', [count, own], whole, { axis: 0 }));
    rewriter.after.push(rewriter.node('Expand', [once, whole], info.name));
    return tensorInfo(info.name, info.dtype, info.shape.length ? ['N', ...info.shape] : null);
  });
  return rewriter.build(graph, model.graph.inputs, outputs);
}

/** The graph for one row: inputs and outputs `[1, …]`. */
function single(model: OnnxModel, isBatched: boolean): OnnxModel {
  const { inputs, outputs } = model.graph;
  const hasSymbol = inputs.some((info) => isSymbolic(leadOf(info)));
  const areAllOne = inputs.every((info) => leadOf(info) === 1);
  const isOfBatch = (info: ValueInfo) =>
    hasSymbol ? isSymbolic(leadOf(info)) : leadOf(info) === 1 && (areAllOne || info.shape.length > 1);
  const batch = new Set<Dim | undefined>(inputs.filter(isOfBatch).map(leadOf));
  const rewriter = new Rewriter(model);
  const one = {
    ...model,
    graph: { ...model.graph, inputs: inputs.map((info) => (isOfBatch(info) ? rowOf(info) : info)) },
  };
  const types = inferShapes(one);
  const whole = outputs.filter((info) => {
    if (batch.size === 0) return true;
    const inferred = types.get(info.name)?.shape;
    const declared = info.type.kind === 'tensor' ? info.type.shape : null;
    const shape = inferred ?? declared;
    if (!shape) return !isBatched;
    const [lead] = shape;
    if (lead === undefined || typeof lead === 'number') return lead !== 1;
    return declared?.[0] === undefined || !(batch.has(declared[0]) || declared[0] === 1);
  });
  const names = new Map<string, string>();
  for (const info of inputs) if (!isOfBatch(info)) names.set(info.name, rewriter.unique(`${info.name}#row`));
  for (const { name } of whole) names.set(name, names.get(name) ?? rewriter.unique(`${name}#row`));
  const graph = renamed(model.graph, names);
  const given = inputs.map((info) => {
    if (isOfBatch(info)) return rowOf(info);
    rewriter.before.push(rewriter.axis0('Squeeze', info.name, names.get(info.name) as string));
    return tensorInfo(info.name, info.dtype, [1, ...info.shape]);
  });
  const answered = outputs.map((info) => {
    if (!whole.includes(info)) return rowOf(info);
    const from = names.get(info.name) as string;
    rewriter.after.push(rewriter.axis0('Unsqueeze', from, info.name));
    const shape = types.get(info.name)?.shape ?? (info.type.kind === 'tensor' ? info.type.shape : null);
    return tensorInfo(info.name, info.dtype, shape && [1, ...shape]);
  });
  return rewriter.build(graph, given, answered);
}

function rowOf(info: ValueInfo): ValueInfo {
  return info.shape.length ? tensorInfo(info.name, info.dtype, [1, ...info.shape.slice(1)]) : info;
}

function leadOf({ type }: ValueInfo): Dim | undefined {
  return type.kind === 'tensor' ? type.shape?.[0] : undefined;
}

/** A dimension that a file leaves open: it has a name, or nothing. */
function isSymbolic(dim: Dim | undefined): boolean {
  return dim === null || typeof dim === 'string';
}
