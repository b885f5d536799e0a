import { inferShapes, type Dim, type OnnxModel, type ValueInfo } from '../../onnx/index.ts';
import type { Outputs, Scalar, Structure, Task } from '../../signature/index.ts';
import { areChances } from './chances.ts';
import { columnsOfOne } from './zipped-columns.ts';
import { classesOf } from './classes.ts';
import { withArgMax, withJoined } from './labels.ts';

/** What a graph answers. */
export interface GraphAnswers {
  readonly graph: OnnxModel;
  readonly task: Task;
  readonly outputs: Outputs;
  readonly classes?: readonly Scalar[];
  readonly targetClasses?: readonly (readonly Scalar[])[];
}

/** What is known of the outputs of a graph beside their tensors. */
export interface Known {
  readonly structures: ReadonlyMap<string, Structure>;
  /** Class names that came with the graph. */
  readonly names: readonly string[] | undefined;
}

type ShapeOf = (info: ValueInfo) => readonly Dim[] | null;

/**
 * A label and a matrix of probabilities is a classifier, a single number a row is a regression; any other graph answers
 * its outputs by name.
 */
export function answersOf(model: OnnxModel, known: Known): GraphAnswers {
  const types = inferShapes(model);
  const shapeOf: ShapeOf = (info) =>
    types.get(info.name)?.shape ?? (info.type.kind === 'tensor' ? info.type.shape : null);
  return (
    classifier(model, known, shapeOf) ??
    classifierOfTargets(model, known, shapeOf) ??
    named(model, known, shapeOf) ??
    regression(model, known, shapeOf) ??
    anyGraph(model, known)
  );
}

function classifier(model: OnnxModel, { structures }: Known, shapeOf: ShapeOf): GraphAnswers | undefined {
  const { graph } = model;
  // A list of the classes among the outputs repeats what the classifier says.
  const fixed = constantsOf(model);
  const outputs = graph.outputs.filter(({ name }) => !fixed.has(name));
  const label = outputs.find((info) => isLabel(info, shapeOf));
  const others = outputs.filter((info) => info !== label);
  const [first] = others;
  if (!label || !first || !others.every(({ dtype }) => dtype.startsWith('float'))) return undefined;
  const parts = others.length > 1 || isColumn(shapeOf(first)) ? columnsOfOne(graph, others) : undefined;
  if (others.length > 1 && !parts) return undefined;
  const shape = parts ? ['N', parts.width] : shapeOf(first);
  if ((shape?.length ?? 2) > 2) return undefined;
  const width = shape?.length === 1 ? 1 : shape?.at(-1);
  const structure = structures.get(first.name);
  const classes = classesOf(
    graph,
    structure?.kind === 'map' ? structure.keys : undefined,
    typeof width === 'number' ? width : undefined,
    label.dtype === 'string',
  );
  if (!classes || (shapeOf(label)?.length === 2 && width === 1)) return undefined;
  const joined = parts ? withJoined(model, parts.matrix) : { model, name: first.name };
  const isProbability = areChances(graph, parts?.matrix ?? first.name) ?? (parts ? true : isNamedSo(first, structure));
  return {
    graph: joined.model,
    task: 'classification',
    classes,
    outputs: {
      label: label.name,
      labelIs: 'value',
      [isProbability && width !== 1 ? 'probabilities' : 'scores']: joined.name,
      methods: methodsOf(model),
    },
  };
}

function isNamedSo({ name }: ValueInfo, structure: Structure | undefined): boolean {
  return /prob/i.test(name) || structure?.kind === 'map';
}

function isLabel(info: ValueInfo, shapeOf: ShapeOf): boolean {
  if (info.dtype !== 'string' && info.dtype !== 'int64') return false;
  const shape = shapeOf(info);
  return isColumn(shape) || shape === null;
}

/** One value a row. */
function isColumn(shape: readonly Dim[] | null): boolean {
  return shape?.length === 1 || (shape?.length === 2 && shape[1] === 1);
}

/** scikit-learn's MultiOutputClassifier: a label for each target, and a sequence of probabilities. */
function classifierOfTargets(model: OnnxModel, { structures }: Known, shapeOf: ShapeOf): GraphAnswers | undefined {
  const [label] = model.graph.outputs;
  const [name, structure] = [...structures][0] ?? [];
  if (!label || !name || structures.size !== 1 || structure?.kind !== 'list') return undefined;
  const { items } = structure;
  const isWhole = model.graph.outputs.length === items.length + 1 && !items.includes(label.name);
  if (!isWhole || (label.dtype !== 'int64' && label.dtype !== 'string')) return undefined;
  if (shapeOf(label)?.length !== 2 || shapeOf(label)?.[1] !== items.length) return undefined;
  const targetClasses: (readonly Scalar[])[] = [];
  for (const item of items) {
    const info = model.graph.outputs.find((each) => each.name === item) as ValueInfo;
    const width = shapeOf(info)?.[1];
    if (typeof width !== 'number' || shapeOf(info)?.length !== 2 || !info.dtype.startsWith('float')) return undefined;
    const classes = classesOf(model.graph, undefined, width, label.dtype === 'string', item);
    if (!classes || areChances(model.graph, item) === false) return undefined;
    targetClasses.push(classes);
  }
  const joined = withJoined(model, ...items);
  return {
    graph: joined.model,
    task: 'multioutput-classification',
    targetClasses,
    outputs: {
      label: label.name,
      labelIs: 'value',
      probabilities: joined.name,
      methods: { ...methodsOf(model), [name]: joined.name },
    },
  };
}

/** One number for each class whose names came with the graph. */
function named(model: OnnxModel, { names }: Known, shapeOf: ShapeOf): GraphAnswers | undefined {
  const [only] = model.graph.outputs;
  if (!names || !only || model.graph.outputs.length !== 1 || !/^float(16|32|64)$/.test(only.dtype)) return undefined;
  const shape = shapeOf(only);
  if (shape?.length !== 2 || shape[1] !== names.length || names.length < 2) return undefined;
  const { model: graph, name } = withArgMax(model, only.name);
  const part = areChances(model.graph, only.name) ? 'probabilities' : 'scores';
  const outputs = { label: name, labelIs: 'position', [part]: only.name, methods: methodsOf(model) } as const;
  return { graph, task: 'classification', classes: names, outputs };
}

function regression(model: OnnxModel, { structures }: Known, shapeOf: ShapeOf): GraphAnswers | undefined {
  const [only] = model.graph.outputs;
  const isTabular = model.graph.inputs.every(({ shape }) => shape.length === 2);
  if (!only || model.graph.outputs.length !== 1 || structures.size || !isTabular) return undefined;
  if (!only.dtype.startsWith('float') || !isColumn(shapeOf(only))) return undefined;
  return { graph: model, task: 'regression', outputs: { value: only.name, methods: methodsOf(model) } };
}

function anyGraph(model: OnnxModel, { structures }: Known): GraphAnswers {
  const inner = new Map<string, string>();
  for (const [name, structure] of structures) {
    if (structure.kind === 'map') inner.set(structure.values, name);
    else if (structure.kind === 'list') for (const item of structure.items) inner.set(item, name);
    else for (const part of [structure.data, structure.sizes]) inner.set(part, name);
  }
  const all = [...new Set([...model.graph.outputs.map(({ name }) => inner.get(name) ?? name), ...structures.keys()])];
  return {
    graph: model,
    task: 'graph',
    outputs: {
      all,
      methods: methodsOf(model),
      ...(structures.size ? { structures: Object.fromEntries(structures) } : {}),
    },
  };
}

/** A method of the original for each output, by its name. */
function methodsOf({ graph }: OnnxModel): Record<string, string> {
  return Object.fromEntries(graph.outputs.map(({ name }) => [name, name]));
}

/** Values that are computed without any input, and so the same for all rows. */
function constantsOf({ graph }: OnnxModel): ReadonlySet<string> {
  const fixed = new Set(graph.initializers.keys());
  for (const { op, inputs, outputs, attributes } of graph.nodes) {
    const hasGraph = [...attributes.values()].some(({ kind }) => kind === 'graph');
    // `Expand` gives constants the axis of the rows (batch.ts).
    const isFixed =
      inputs.every((input) => input === '' || fixed.has(input)) || (op === 'Expand' && fixed.has(inputs[0] ?? ''));
    if (isFixed && !hasGraph) for (const output of outputs) fixed.add(output);
  }
  return fixed;
}
