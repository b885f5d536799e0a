import { fail } from '../errors/index.ts';
import { concreteShapes, type Graph, type Node, type OnnxModel, type Shaped, type ValueInfo } from '../onnx/index.ts';
import { sizeOf, type DType, type Tensor } from '../tensor/index.ts';
import type { ResultType } from './context.ts';
import { isLength, lengthSize } from './length.ts';
import { fusedForests, type FusedForest } from './trees/fuse.ts';

/** One node to write code for, or a part of the graph that is written as one. */
export interface Step {
  readonly node: Node;
  readonly forest?: FusedForest;
  /** Inputs that code is needed for; others are known shapes, axes and counts. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Loop over rows in which the block form does it: a forest ends one. */
  readonly stage: number;
}

/** A graph with everything that is known before code is generated. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Symbols of sizes that differ from call to call; `lengthSize` stands for them in shapes. */
  readonly lengths: readonly string[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly constants: ReadonlyMap<string, Tensor>;
  /** dtype and shape with one row. */
  type(name: string): ResultType;
  /** The rows of the batch are axis 0 of the value. */
  isBatch(name: string): boolean;
  known(name: string): readonly number[] | undefined;
  /** How many steps read a value; an output counts as one. */
  uses(name: string): number;
  /** Number of loops over rows. */
  readonly stages: number;
  /** The loop over rows in which a value comes to be. */
  madeIn(name: string): number;
  /** The value is read in a later loop over rows than the one that computes it. */
  crosses(name: string): boolean;
}

/** Inputs that only say how: they must be known while code is generated. */
const parameters: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1],
  Expand: [1],
  Tile: [1],
  Slice: [1, 2, 3, 4],
  Squeeze: [1],
  Unsqueeze: [1],
  Split: [1],
  ReduceSum: [1],
  ReduceMean: [1],
  ReduceMax: [1],
  ReduceMin: [1],
  ReduceProd: [1],
  ReduceSumSquare: [1],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceLogSum: [1],
  ReduceLogSumExp: [1],
  TopK: [1],
  CumSum: [1],
  Pad: [1],
  Trilu: [1],
  Range: [0, 1, 2],
  ConstantOfShape: [0],
  Shape: [0],
  Size: [0],
  CastLike: [1],
};

/** Values with more elements a row, and graphs with more nodes, are no tabular models. */
const maxElements = 1 << 24;
const maxSteps = 20_000;

/** Two numbers of rows that occur nowhere else: what changes with them is the batch. */
export const rowCounts = [10_007, 10_009] as const;

export interface PlanOptions {
  /** The graph has no inputs. */
  readonly isFixed?: boolean;
  /** Which of two sizes stand for lengths that differ from call to call. */
  readonly variant?: number;
}

/** Works out shapes, uses and an order of work; refuses graphs that mix rows. */
export function planOf(model: OnnxModel, { isFixed = false, variant = 0 }: PlanOptions = {}): Plan {
  const { graph } = model;
  const lengths = lengthsOf(graph);
  const sizeOfSymbol = (symbol: string, rows: number): number => {
    const length = lengths.indexOf(symbol);
    return length < 0 ? rows : lengthSize(length, variant);
  };
  const [first, second] = rowCounts.map((rows) =>
    concreteShapes(graph, (symbol) => sizeOfSymbol(symbol, rows), Infinity),
  ) as [Shapes, Shapes];
  const constants = graph.initializers;
  const types = new Map<string, ResultType & { isBatch: boolean }>();
  const typeOf = (name: string) => {
    const type = types.get(name) ?? rowType(name, first, second);
    const size = sizeOf(type.shape.filter((dim) => !isLength(dim)));
    if (size > maxElements) throw refused(`a value of ${size} elements`);
    types.set(name, type);
    return type;
  };
  const view = {
    graph,
    shapeOf: (name: string) => (first.get(name)?.shape ? typeOf(name).shape : undefined),
    isFloat: (name: string) => first.get(name)?.dtype?.startsWith('float') ?? false,
    tensorOf: (name: string) => constants.get(name),
  };
  const steps = stepsOf(graph, fusedForests(view), constants);
  if (steps.length > maxSteps) throw refused(`${steps.length} nodes`);
  const uses = new Map<string, number>();
  const madeIn = new Map<string, number>();
  const readIn = new Map<string, number>();
  for (const { reads, writes, stage, forest } of steps) {
    for (const name of reads) {
      uses.set(name, (uses.get(name) ?? 0) + 1);
      readIn.set(name, Math.max(stage, readIn.get(name) ?? 0));
    }
    for (const name of writes) madeIn.set(name, forest ? stage + 1 : stage);
  }
  for (const { name } of graph.outputs) {
    typeOf(name);
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  for (const name of uses.keys()) {
    if (!isFixed && !constants.has(name) && !typeOf(name).isBatch)
      throw refused(`the value "${name}", which mixes rows`);
  }
  return {
    steps,
    stages: Math.max(0, ...madeIn.values()) + 1,
    lengths,
    inputs: graph.inputs,
    outputs: graph.outputs,
    constants,
    type: typeOf,
    isBatch: (name) => typeOf(name).isBatch,
    known: (name) => first.get(name)?.value,
    uses: (name) => uses.get(name) ?? 0,
    madeIn: (name) => madeIn.get(name) ?? 0,
    crosses: (name) => (readIn.get(name) ?? 0) > (madeIn.get(name) ?? 0),
  };
}

/** Symbols of inputs that are not the rows. */
function lengthsOf(graph: Graph): string[] {
  const shapes = graph.inputs.map(({ shape }) => shape);
  const rows = new Set(shapes.map(([axis]) => axis));
  const others = shapes.flatMap((shape) => shape.slice(1).filter((dim) => typeof dim === 'string'));
  return [...new Set(others)].filter((symbol) => !rows.has(symbol));
}

type Shapes = ReadonlyMap<string, Shaped>;

/** The shape for one row, from the shapes for two numbers of rows. */
function rowType(name: string, first: Shapes, second: Shapes): ResultType & { isBatch: boolean } {
  const a = first.get(name);
  const b = second.get(name);
  if (!a?.dtype || !a.shape || !b?.shape) throw refused(`the value "${name}", whose shape depends on the data`);
  checkDtype(a.dtype);
  const { dtype, shape } = a;
  if (shape.length === b.shape.length && shape.every((dim, axis) => dim === b.shape?.[axis]))
    return { dtype, shape, isBatch: false };
  const factor = (shape[0] ?? 0) / rowCounts[0];
  const isBatch =
    shape.length === b.shape.length &&
    Number.isInteger(factor) &&
    b.shape[0] === factor * rowCounts[1] &&
    shape.every((dim, axis) => axis === 0 || dim === b.shape?.[axis]);
  if (!isBatch) throw refused(`the value "${name}", which mixes rows`);
  return { dtype, shape: [factor, ...shape.slice(1)], isBatch };
}

/** The nodes that outputs need, in an order in which the loops over rows are as few as possible. */
function stepsOf(graph: Graph, forests: readonly FusedForest[], constants: ReadonlyMap<string, Tensor>): Step[] {
  const fused = new Map(forests.flatMap((forest) => [...forest.nodes].map((node) => [node, forest] as const)));
  const all = graph.nodes.flatMap((node): Omit<Step, 'stage'>[] => {
    const forest = fused.get(node);
    if (forest) {
      const isLast = node.outputs[0] === forest.output;
      return isLast ? [{ node, forest, reads: [forest.input], writes: [forest.output] }] : [];
    }
    return [{ node, reads: dataInputs(node), writes: node.outputs.filter((name) => name !== '') }];
  });
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const kept = all
    .toReversed()
    .filter(({ reads, writes }) => {
      if (!writes.some((name) => needed.has(name))) return false;
      for (const name of reads) needed.add(name);
      return true;
    })
    .toReversed();
  const ready = new Map<string, number>();
  const staged = kept.map((step): Step => {
    const stage = Math.max(0, ...step.reads.map((name) => (constants.has(name) ? 0 : (ready.get(name) ?? 0))));
    for (const name of step.writes) ready.set(name, step.forest ? stage + 1 : stage);
    return { ...step, stage };
  });
  return staged.toSorted((a, b) => a.stage - b.stage);
}

/** Inputs of a node whose elements code must read; the others are known while it is generated. */
export function dataInputs({ op, domain, inputs }: Node): string[] {
  const known = domain === '' && Object.hasOwn(parameters, op) ? parameters[op] : [];
  return inputs.filter((name, i) => name !== '' && !known?.includes(i));
}

function checkDtype(dtype: DType): void {
  if (dtype === 'float16' || dtype === 'bfloat16' || dtype === 'uint64') throw refused(dtype);
}

function refused(what: string) {
  return fail('UNSUPPORTED_OPERATOR', {
    executor: 'The compiled runtime',
    operator: what,
    advice: 'Run the model with ONNX Runtime.',
  });
}
