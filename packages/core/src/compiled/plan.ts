import { fail } from '../errors/index.ts';
import { concreteShapes, type Graph, type Node, type OnnxModel, type Shaped, type ValueInfo } from '../onnx/index.ts';
import { sizeOf, type DType, type Tensor } from '../tensor/index.ts';
import { flattened } from './row-node.ts';
import { isProductOfRows } from './product-of-rows.ts';
import { stepsOf, type Step } from './steps.ts';
import type { ResultType } from './context.ts';
import { isLength, lengthSize } from './length.ts';
import { fusedForests } from './trees/fuse.ts';

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

/** Values with more elements a row, and graphs with more nodes, are no tabular models. */
const maxElements = 1 << 24;
const maxSteps = 20_000;

/** More products of all rows than these make blocks of many values, and so of few rows. */
const maxProducts = 16;

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
  const flat = flattened(graph);
  const lengths = lengthsOf(graph);
  const sizeOfSymbol = (symbol: string, rows: number): number => {
    const length = lengths.indexOf(symbol);
    return length < 0 ? rows : lengthSize(length, variant);
  };
  const [first, second] = rowCounts.map((rows) =>
    concreteShapes(flat, (symbol) => sizeOfSymbol(symbol, rows), Infinity),
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
  const isProduct = (node: Node) =>
    isProductOfRows(node, constants, (name) =>
      first.get(name)?.shape && typeOf(name).isBatch ? typeOf(name) : undefined,
    );
  const products = new Set(graph.nodes.filter(isProduct));
  const steps = stepsOf(
    graph,
    fusedForests(view),
    constants,
    (node) => products.size <= maxProducts && products.has(node),
  );
  if (steps.length > maxSteps) throw refused(`${steps.length} nodes`);
  const uses = new Map<string, number>();
  const madeIn = new Map<string, number>();
  const readIn = new Map<string, number>();
  const use = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1);
  const count = ({ node, reads, writes, stage, isAfterRows, bodies }: Step): void => {
    // A square reads its value once.
    for (const name of node.op === 'Mul' ? new Set(reads) : reads) {
      use(name);
      readIn.set(name, Math.max(stage, readIn.get(name) ?? 0));
    }
    for (const name of writes) madeIn.set(name, isAfterRows ? stage + 1 : stage);
    for (const body of bodies.values()) {
      body.steps.forEach(count);
      body.outputs.forEach(use);
    }
  };
  steps.forEach(count);
  for (const { name } of graph.outputs) {
    typeOf(name);
    use(name);
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
