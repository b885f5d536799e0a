import { sizeOf } from '../../tensor/index.ts';
import type { NodeContext } from '../context.ts';
import { isLength } from '../length.ts';
import { isFixed, zero } from '../position.ts';
import { WasmFunction } from '../trees/wasm.ts';
import { arrayValue, inKernel, storeIn, type Value } from '../value.ts';
import { kernelName, vectorKernel } from './vector-kernel.ts';

/** Fewer elements are not worth the call. */
const kernelFrom = 24;

/** Operands of an expression: what is used twice is computed twice, so nested ones must not multiply. */
const maxOperands = 64;

/** What the kernel reads: elements at an address, a number, or one that is computed outside, in a slot. */
type Operand =
  | { readonly address: number }
  | { readonly elements: Float64Array }
  | { readonly number: number }
  | { readonly slot: number }
  | { readonly op: Operation; readonly operands: readonly [Operand, Operand] };

const operations = {
  Add: ['f64x2.add'],
  Sub: ['f64x2.sub'],
  Mul: ['f64x2.mul'],
  Max: ['f64x2.max'],
} as const;

type Operation = keyof typeof operations;

/** The same elements, in the memory of the kernel where it computes them. */
export function byVectors(context: NodeContext, value: Value): Value {
  const { code, node } = context;
  const { program } = code;
  const count = sizeOf(value.shape);
  const operand = expressionOf(value, []);
  if (!operand || !('op' in operand)) return value;
  const address = program.derived(node, 'vector', () => vectorKernel(program).reserve(count * 8));
  if (address === undefined) return value;
  const array = program.array('float64', count, { kernel: kernelName(program), address });
  storeVector(context, value, array, address);
  return inKernel(arrayValue(array, value.dtype, value.shape), address);
}

/**
 * Puts the elements of a value into an array in the kernel's memory, at `address`. Sums, differences, products and
 * maxima of what is already there are computed by the kernel, two by one instruction; all else by a loop.
 */
export function storeVector(context: NodeContext, value: Value, array: string, address: number): void {
  const { code, node } = context;
  const { program } = code;
  const count = sizeOf(value.shape);
  const slots: Value[] = [];
  const operand = expressionOf(value, slots);
  if (!operand || !('op' in operand || 'address' in operand)) {
    storeIn(code, value, array, zero);
    return;
  }
  // The two forms need not store the same values, so each has its own.
  const expression = program.derived(node, context.block ? 'expression of blocks' : 'expression of rows', () =>
    vectorKernel(program).add(count * 32, (memory) => {
      const own = { slots: memory.reserve(slots.length * 8 + 8) };
      const placeOf = (elements: Float64Array) => program.derived(elements, 'place', () => memory.place(elements));
      return { own, written: written(operand, count, own.slots, address, placeOf) };
    }),
  );
  if (!expression) {
    storeIn(code, value, array, zero);
    return;
  }
  const kernel = kernelName(program);
  if (slots.length > 0) {
    const given = program.array('float64', slots.length, { kernel, address: expression.slots });
    slots.forEach((slot, i) => code.line(`${given}[${i}] = ${slot.flat(code, zero)};`));
  }
  value.prepare(code);
  code.open(`if (${kernel}) ${kernel}.${expression.name}(0); else`);
  storeIn(code, value, array, zero, false);
  code.close();
}

function expressionOf(value: Value, slots: Value[]): Operand | undefined {
  const count = sizeOf(value.shape);
  if (count < kernelFrom || isLength(count)) return undefined;
  let left = maxOperands;
  const operandOf = (one: Value): Operand | undefined => {
    const { dtype, shape, tensor, array, made } = one;
    if (dtype !== 'float64' || left-- <= 0) return undefined;
    const size = sizeOf(shape);
    if (tensor?.data instanceof Float64Array && size === 1) return { number: tensor.data[0] as number };
    if (size === 1) return { slot: slots.push(one) - 1 };
    if (size !== count) return undefined;
    if (tensor?.data instanceof Float64Array) return { elements: tensor.data };
    if (array?.address !== undefined && isFixed(array.start)) return { address: array.address };
    if (made?.op === 'Relu') return both('Max', operandOf(made.inputs[0] as Value), { number: 0 });
    if (!made || !isOperation(made.op) || made.inputs.length !== 2) return undefined;
    const [x, y] = made.inputs.map(operandOf);
    return both(made.op, x, y);
  };
  return operandOf(value);
}

function both(op: Operation, x: Operand | undefined, y: Operand | undefined): Operand | undefined {
  return x && y && { op, operands: [x, y] };
}

function isOperation(op: string): op is Operation {
  return Object.hasOwn(operations, op);
}

function written(
  operand: Operand,
  count: number,
  slots: number,
  target: number,
  placeOf: (elements: Float64Array) => number,
): WasmFunction {
  const f = new WasmFunction();
  const at = f.local('i32');
  const write = (one: Operand): void => {
    if ('op' in one) {
      one.operands.forEach(write);
      f.do(...operations[one.op]);
    } else if ('number' in one) {
      f.f64(one.number);
      f.do('f64x2.splat');
    } else if ('slot' in one) {
      f.i32(slots + one.slot * 8);
      f.load('v128.load64_splat', 0);
    } else {
      f.get(at);
      f.load('v128.load', 'address' in one ? one.address : placeOf(one.elements));
    }
  };
  f.i32(0);
  f.set(at);
  f.repeatUntil(
    at,
    () => f.i32(count * 8),
    () => {
      f.get(at);
      write(operand);
      f.store('v128.store', target);
      f.increase(at, 16);
    },
  );
  return f;
}
