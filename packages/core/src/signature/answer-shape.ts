import { sizeOf, type Tensor } from '../tensor/index.ts';
import { at, numberReader } from './answer-cells.ts';
import type { Outputs as OutputNames, Scalar, Signature, Structure } from './signature.ts';

/**
 * What an answer looks like, bound to output tensors: a tree of objects and arrays whose leaves read one element of
 * row i. The serialisers (JSON text, values, CSV cells) walk it once and keep closures.
 */
export type Shape =
  | { readonly kind: 'object'; readonly members: readonly (readonly [key: string, value: Shape])[] }
  | { readonly kind: 'array'; readonly items: readonly Shape[] }
  /** A finite number is written, any other is null and a warning. */
  | { readonly kind: 'number'; readonly read: (row: number) => number }
  /** One of a few known values. */
  | { readonly kind: 'choice'; readonly values: readonly Scalar[]; readonly read: (row: number) => number }
  /** int64: beyond 2^53 a string. */
  | { readonly kind: 'integer'; readonly read: (row: number) => bigint }
  | { readonly kind: 'boolean'; readonly read: (row: number) => boolean }
  | { readonly kind: 'string'; readonly read: (row: number) => string };

export type Outputs = Readonly<Record<string, Tensor>>;

/** Names of the graph outputs that answers are made of; the others need not be computed. */
export function answerOutputs(signature: Signature): string[] {
  const { label, probabilities, scores, value, distances, output, all = [], structures } = partsOf(signature);
  const inner = all.flatMap((name) => tensorsOf(structureOf(structures, name)) ?? [name]);
  const names = [label, probabilities, scores, value, distances, output, ...inner];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** The outputs that the task's answer shows: the decision function only where there are no probabilities. */
function partsOf({ task, outputs }: Signature): OutputNames {
  const { label, labelIs, probabilities, scores, value, distances, output, all, structures } = outputs;
  switch (task) {
    case 'classification':
    case 'multilabel':
    case 'multioutput-classification':
      return { label, labelIs, probabilities, scores: probabilities === undefined ? scores : undefined };
    case 'regression':
      return { value };
    case 'clustering':
      return { label, distances };
    case 'outlier':
      return { label, scores };
    case 'transform':
      return { output };
    case 'graph':
      return { all, structures };
  }
}

/** The answer of every task (docs/reference/rows-and-answers.md). */
export function answerShape(signature: Signature, outputs: Outputs): Shape {
  const { targets, classes } = signature;
  const names = partsOf(signature);
  const part = (name: string | undefined, shape: (tensor: Tensor) => Shape): Shape | undefined =>
    name === undefined ? undefined : shape(outputOf(outputs, name));
  switch (signature.task) {
    case 'classification': {
      const keys = classes?.map(labelKey);
      const byClass = (tensor: Tensor): Shape =>
        keys?.length === widthOf(tensor) ? keyed(keys, cells(tensor)) : scalarOrRow(tensor);
      return object([
        ['prediction', part(names.label, (tensor) => labelOf(tensor, names.labelIs, classes))],
        ['probabilities', part(names.probabilities, byClass)],
        ['scores', part(names.scores, byClass)],
      ]);
    }
    case 'regression':
      return object([['prediction', part(names.value, (tensor) => perTarget(tensor, targets))]]);
    case 'clustering':
      return object([
        ['prediction', part(names.label, scalarOrRow)],
        ['distances', part(names.distances, rowOf)],
      ]);
    case 'outlier':
      return object([
        ['prediction', part(names.label, scalarOrRow)],
        ['score', part(names.scores, scalarOrRow)],
      ]);
    case 'transform':
      return object([['output', part(names.output, rowOf)]]);
    case 'multilabel': {
      const byTarget = (tensor: Tensor): Shape =>
        keyed(targets ?? classes?.map(labelKey) ?? indices(widthOf(tensor)), cells(tensor));
      return object([
        ['prediction', part(names.label, byTarget)],
        ['probabilities', part(names.probabilities, byTarget)],
        ['scores', part(names.scores, byTarget)],
      ]);
    }
    case 'multioutput-classification':
      return object([
        ['prediction', part(names.label, (tensor) => labelsByTarget(tensor, signature))],
        ['probabilities', part(names.probabilities, (tensor) => chancesByTarget(tensor, signature))],
      ]);
    case 'graph': {
      const all = names.all ?? Object.keys(outputs);
      const shapeOf = (name: string): Shape => {
        const structure = structureOf(names.structures, name);
        return structure ? structured(structure, outputs) : nested(outputOf(outputs, name));
      };
      return object([['outputs', object(all.map((name) => [name, shapeOf(name)]))]]);
    }
  }
}

function structureOf(structures: OutputNames['structures'], name: string): Structure | undefined {
  return structures && Object.hasOwn(structures, name) ? structures[name] : undefined;
}

/** Graph outputs that a structure is made of. */
function tensorsOf(structure: Structure | undefined): readonly string[] | undefined {
  if (structure?.kind === 'map') return [structure.values];
  if (structure?.kind === 'list') return structure.items;
  return structure && [structure.data, structure.sizes];
}

/** What stands for an output that is no tensor. */
function structured(structure: Structure, outputs: Outputs): Shape {
  if (structure.kind === 'map') return keyed(structure.keys.map(labelKey), cells(outputOf(outputs, structure.values)));
  if (structure.kind === 'list')
    return { kind: 'array', items: structure.items.map((name) => nested(outputOf(outputs, name))) };
  const data = outputOf(outputs, structure.data);
  const sizes = Array.from(outputOf(outputs, structure.sizes).data, Number);
  const items: Shape[] = [];
  let start = 0;
  for (let next = 0; next < sizes.length;) {
    const rank = sizes[next++] as number;
    const shape = sizes.slice(next, next + rank);
    next += rank;
    const end = start + sizeOf(shape);
    const part = data.data.slice(start, end);
    const member: Tensor = { dtype: data.dtype, shape: structure.hasRows ? shape : [1, ...shape], data: part };
    items.push(nested(member));
    start = end;
  }
  return { kind: 'array', items };
}

/** How a label is written as a key: `True` is `true`, `1.0` is `1`. */
export function labelKey(value: Scalar): string {
  return String(value);
}

function labelsByTarget(tensor: Tensor, { targets, targetClasses = [], outputs }: Signature): Shape {
  const width = widthOf(tensor);
  const labels = targetClasses.map((classes, t) =>
    outputs.labelIs === 'value' ? cell(tensor, t, width) : choice(tensor, t, width, classes),
  );
  return keyed(targets ?? indices(targetClasses.length), labels);
}

function chancesByTarget(tensor: Tensor, { targets, targetClasses = [] }: Signature): Shape {
  const all = cells(tensor);
  let start = 0;
  const chances = targetClasses.map((classes) => {
    const own = all.slice(start, start + classes.length);
    start += classes.length;
    return keyed(classes.map(labelKey), own);
  });
  return keyed(targets ?? indices(targetClasses.length), chances);
}

/** The class itself where the tensor holds it, else its position in `classes`. */
function labelOf(tensor: Tensor, labelIs: OutputNames['labelIs'], classes: readonly Scalar[] | undefined): Shape {
  if (classes === undefined || labelIs === 'value' || tensor.dtype === 'string') return scalarOrRow(tensor);
  return choice(tensor, 0, widthOf(tensor), classes);
}

function choice(tensor: Tensor, offset: number, width: number, values: readonly Scalar[]): Shape {
  return { kind: 'choice', values, read: numberReader(tensor, offset, width) };
}

/** One target is a number; several are keyed by name, or an array when unnamed. */
function perTarget(tensor: Tensor, targets: readonly string[] | undefined): Shape {
  if (targets && targets.length === widthOf(tensor)) return keyed(targets, cells(tensor));
  return scalarOrRow(tensor);
}

function scalarOrRow(tensor: Tensor): Shape {
  return widthOf(tensor) === 1 ? cell(tensor, 0, 1) : rowOf(tensor);
}

function rowOf(tensor: Tensor): Shape {
  return { kind: 'array', items: cells(tensor) };
}

function cells(tensor: Tensor): Shape[] {
  const width = widthOf(tensor);
  return Array.from({ length: width }, (_, offset) => cell(tensor, offset, width));
}

/** Element `offset` of each row. */
function cell(tensor: Tensor, offset: number, width: number): Shape {
  const { data, dtype } = tensor;
  if (dtype === 'string') return { kind: 'string', read: (row) => at(data as readonly string[], row * width + offset) };
  if (dtype === 'bool') return { kind: 'boolean', read: (row) => at(data as Uint8Array, row * width + offset) !== 0 };
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return { kind: 'integer', read: (row) => at(data, row * width + offset) };
  return { kind: 'number', read: numberReader(tensor, offset, width) };
}

/** The row's part of a tensor of any rank, as nested arrays; a tensor without rows stands whole in every answer. */
function nested(tensor: Tensor): Shape {
  const [rows, ...dims] = tensor.shape;
  if (rows === undefined) return cell(tensor, 0, 0);
  const width = sizeOf(dims);
  const build = (level: number, offset: number): Shape => {
    if (level === dims.length) return cell(tensor, offset, width);
    const step = sizeOf(dims.slice(level + 1));
    return {
      kind: 'array',
      items: Array.from({ length: dims[level] as number }, (_, i) => build(level + 1, offset + i * step)),
    };
  };
  return build(0, 0);
}

function keyed(keys: readonly string[], values: readonly Shape[]): Shape {
  return object(keys.map((key, i) => [key, values[i]]));
}

function object(members: readonly (readonly [string, Shape | undefined])[]): Shape {
  return { kind: 'object', members: members.filter((member): member is [string, Shape] => member[1] !== undefined) };
}

function indices(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

function widthOf({ shape }: Tensor): number {
  return sizeOf(shape.slice(1));
}

function outputOf(outputs: Outputs, name: string): Tensor {
  if (!Object.hasOwn(outputs, name)) throw new Error(`the model gave no output "${name}"`);
  return outputs[name] as Tensor;
}
