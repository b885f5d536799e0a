import { fail } from '../errors/index.ts';
import { sizeOf, type DType, type Tensor } from '../tensor/index.ts';
import type { Node } from '../onnx/index.ts';
import type { Code, KernelPlace } from './code.ts';
import { store, storeIn, type Value } from './value.ts';
import { zero, type Position } from './position.ts';

/** dtype and shape (for one row) of a result. */
export interface ResultType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** What an operator sees of its node while it writes code. */
export interface NodeContext {
  readonly node: Node;
  /** Version of the operator set of the node's domain. */
  readonly opset: number;
  /** undefined: left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly results: readonly ResultType[];
  /** Elements of an input that are known while code is generated: axes, shapes, counts. */
  known(input: number): readonly number[] | undefined;
  /** A constant by its name, in graphs inside the node too. */
  tensor(name: string): Tensor | undefined;
  /** The rows of the batch lie along axis 0 of this input; operators must not mix them. */
  isBatch(input: number): boolean;
  readonly code: Code;
  /**
   * A graph inside the node, given its inputs: writes what some of its results need, each node once. Values from
   * around it are stored and in arrays where loops need them.
   */
  body(name: string, given: readonly Value[]): (results: readonly number[]) => readonly Value[];
  /** Set in the block form, where many rows are worked on at once. */
  readonly block?: Block | undefined;
  /** The node is to be done for all rows at once, after the loop over them; never so for one row. */
  readonly isAfterRows: boolean;
}

/** Rows that the block form works on at once, at most; a multiple of what kernels need. */
export const maxBlockRows = 512;

/** Elements of all arrays of a block together, at most: what stays in a core's second-level cache. */
export const maxBlockElements = 1 << 15;

/** The rows that the block form works on: one after the other, with steps over all of them in between. */
export interface Block {
  /** A new array with `size` elements for each row; `within` puts it into the memory of a kernel, where there is one. */
  array(dtype: DType, size: number, within?: KernelPlace): string;
  /** Where the elements of the present row begin in such an array. */
  rowStart(size: number): Position;
  /** Runs before the present loop over rows, once for all of them, and reads only what is ready; not in a branch or a loop of the graph. */
  readonly beforeRows?: ((write: (code: Code, rows: string) => void) => void) | undefined;
  /** Rows of the call that were copied into the memory of a kernel, by the array of the call. */
  readonly copies: Map<string, unknown>;
  /** Runs after the present loop over rows, once for all of them; `rows` is their number. Its results are for later loops. */
  readonly afterRows: (write: (code: Code, rows: string) => void) => void;
}

/** Writes the code of a node and says where its results are. */
export type Operator = (context: NodeContext) => readonly Value[];

/** Input `i`, which the operator's definition demands. */
export function input(context: NodeContext, i: number): Value {
  const value = context.inputs[i];
  if (value) return value;
  throw fail('INVALID_GRAPH', { problem: `${context.node.op} needs ${i + 1} inputs.` });
}

export function result(context: NodeContext, i = 0): ResultType {
  return context.results[i] as ResultType;
}

/** Known elements of an input that must be known while code is generated. */
export function knownInput(context: NodeContext, i: number, what: string): readonly number[] {
  const known = context.known(i);
  if (known) return known;
  throw unsupported(context.node, `${what} that the graph computes`);
}

/** The error that sends a graph to ONNX Runtime. */
export function unsupported({ op, domain }: Node, how?: string) {
  const name = domain === '' ? op : `${domain}.${op}`;
  return fail('UNSUPPORTED_OPERATOR', {
    executor: 'The compiled runtime',
    operator: how === undefined ? name : `${name} with ${how}`,
    advice: 'Run the model with ONNX Runtime.',
  });
}

/** Refuses an operator that works along axis 0 where that is the rows of the batch. */
export function keepRows(context: NodeContext, axes: readonly number[], i = 0): void {
  if (context.isBatch(i) && axes.includes(0)) throw unsupported(context.node, 'work across rows');
}

/** The elements in an array, where an index that is computed can reach them: its name and the start in it. */
export function arrayOf(code: Code, value: Value): Value {
  const stored = store(code, value);
  stored.prepare(code);
  return stored;
}

/** An array with the elements from place 0 on, for a support function. */
export function plainArray(code: Code, value: Value): string {
  const array = code.program.array(value.dtype, sizeOf(value.shape));
  storeIn(code, value, array, zero);
  return array;
}
