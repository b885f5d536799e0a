import { sizeOf } from '../../tensor/index.ts';
import { isLength } from '../length.ts';
import type { WasmFunction } from '../trees/wasm.ts';
import type { Value } from '../value.ts';
import { vectorOf, type Vector } from './vector-kernel.ts';

/** Operands of an expression: what is used twice is computed twice, so nested ones must not multiply. */
const maxOperands = 64;

/** What the kernel reads: elements in its memory, a number, or one that is computed outside, in a slot. */
export type Operand =
  | { readonly vector: Vector }
  | { readonly elements: Float64Array }
  | { readonly number: number }
  | { readonly slot: number }
  | { readonly root: Operand }
  | { readonly op: Operation; readonly operands: readonly [Operand, Operand] };

const operations = {
  Add: ['f64x2.add'],
  Sub: ['f64x2.sub'],
  Mul: ['f64x2.mul'],
  Max: ['f64x2.max'],
} as const;

type Operation = keyof typeof operations;

export interface Expression {
  readonly operand: Operand;
  /** Values that are computed outside. */
  readonly slots: readonly Value[];
  /** The row that the function gets. */
  readonly row: string;
}

interface Limits {
  /** Fewer elements are not worth it. */
  readonly fewest: number;
  /** The row of other vectors. */
  readonly row?: string;
  /** Only what is there for all rows of a block. */
  readonly isReady?: boolean;
}

/** The sums, differences, products and maxima of what the kernel has, that make a value; undefined: it is none. */
export function expressionOf(
  value: Value,
  { fewest, row: given = '0', isReady = false }: Limits,
): Expression | undefined {
  const count = sizeOf(value.shape);
  if (count < fewest || isLength(count)) return undefined;
  let left = maxOperands;
  let row = given;
  const slots: Value[] = [];
  const operandOf = (one: Value): Operand | undefined => {
    const { dtype, shape, tensor, made, array } = one;
    if (dtype !== 'float64' || left-- <= 0) return undefined;
    const size = sizeOf(shape);
    if (tensor?.data instanceof Float64Array && size === 1) return { number: tensor.data[0] as number };
    if (size === 1) return isReady ? undefined : { slot: slots.push(one) - 1 };
    if (size !== count) return undefined;
    if (tensor?.data instanceof Float64Array) return { elements: tensor.data };
    const vector = vectorOf(one);
    if (isReady && vector && !(array?.isReady && vector.stride > 0)) return undefined;
    if (vector && (vector.stride === 0 || row === '0' || row === vector.row)) {
      if (vector.stride > 0) row = vector.row;
      return { vector };
    }
    if (made?.op === 'Relu') return both('Max', operandOf(made.inputs[0] as Value), { number: 0 });
    if (made?.op === 'Sqrt') {
      const root = operandOf(made.inputs[0] as Value);
      return root && { root };
    }
    if (!made || !isOperation(made.op) || made.inputs.length !== 2) return undefined;
    const [x, y] = made.inputs.map(operandOf);
    return both(made.op, x, y);
  };
  const operand = operandOf(value);
  return operand && { operand, slots, row };
}

function both(op: Operation, x: Operand | undefined, y: Operand | undefined): Operand | undefined {
  return x && y && { op, operands: [x, y] };
}

function isOperation(op: string): op is Operation {
  return Object.hasOwn(operations, op);
}

export interface OperandWriter {
  /** Variables with the distance in bytes from the address of vectors to the present element, by bytes from row to row. */
  readonly places: ReadonlyMap<number, number>;
  /** Writes what leaves two elements on the stack, `offset` bytes behind the present one. */
  readonly write: (offset: number) => void;
}

/** Prepares a function for an expression; vectors with `stride` elements from row to row are written, too. */
export function operandWriter(
  f: WasmFunction,
  operand: Operand,
  slots: number,
  addressOf: (elements: Float64Array) => number,
  stride = 0,
): OperandWriter {
  const places = new Map<number, number>();
  const placeFor = (distance: number): number => {
    const known = places.get(distance * 8) ?? f.local('i32');
    places.set(distance * 8, known);
    return known;
  };
  const prepare = (one: Operand): void => {
    if ('op' in one) one.operands.forEach(prepare);
    else if ('root' in one) prepare(one.root);
    else if ('vector' in one) placeFor(one.vector.stride);
  };
  const at = placeFor(0);
  placeFor(stride);
  prepare(operand);
  const write = (one: Operand, offset: number): void => {
    if ('op' in one) {
      const [x, y] = one.operands;
      if (one.op === 'Max' && 'number' in y && y.number === 0) {
        // NaN stays, and −0 + 0 is 0: as the maximum has it, in two instructions for eight.
        write(x, offset);
        write(y, offset);
        f.do('f64x2.pmax');
        write({ number: 0 }, offset);
        f.do('f64x2.add');
        return;
      }
      write(x, offset);
      write(y, offset);
      f.do(...operations[one.op]);
    } else if ('root' in one) {
      write(one.root, offset);
      f.do('f64x2.sqrt');
    } else if ('number' in one) {
      f.f64x2(one.number, one.number);
    } else if ('slot' in one) {
      f.i32(slots + one.slot * 8);
      f.load('v128.load64_splat', 0);
    } else if ('vector' in one) {
      f.get(placeFor(one.vector.stride));
      f.load('v128.load', one.vector.address + offset);
    } else {
      f.get(at);
      f.load('v128.load', addressOf(one.elements) + offset);
    }
  };
  return { places, write: (offset) => write(operand, offset) };
}
