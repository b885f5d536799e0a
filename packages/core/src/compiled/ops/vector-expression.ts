import { sizeOf } from '../../tensor/index.ts';
import type { NodeContext } from '../context.ts';
import { zero } from '../position.ts';
import { WasmFunction } from '../trees/wasm.ts';
import { arrayValue, inKernel, storeIn, type Value } from '../value.ts';
import { expressionOf, operandWriter, type Operand } from './operand.ts';
import { kernelName, placeOf, rowStart, vectorKernel, type RowVector, type Vector } from './vector-kernel.ts';

/** Fewer elements are not worth the call. */
const kernelFrom = 24;

/** The same elements, in the memory of the kernel where it computes them; `role` is that of the value for the node. */
export function byVectors(context: NodeContext, value: Value, role: 'input' | 'result'): Value {
  const { code, node } = context;
  const { program } = code;
  const count = sizeOf(value.shape);
  const operand = value.isStored ? undefined : expressionOf(value, { fewest: kernelFrom })?.operand;
  if (!operand || !('op' in operand || 'root' in operand)) return value;
  const address = program.derived(node, `vector of ${role}`, () => vectorKernel(program).reserve(count * 8));
  if (address === undefined) return value;
  const array = program.array('float64', count, { kernel: kernelName(program), address });
  storeVector(context, value, array, { address, stride: 0, row: '0' });
  return inKernel(arrayValue(array, value.dtype, value.shape), address);
}

/**
 * Puts the elements of a value into an array in the kernel's memory, where `target` is. Sums, differences, products and
 * maxima of what is already there are computed by the kernel, two by one instruction; all else by a loop.
 */
export function storeVector(context: NodeContext, value: Value, array: string, target: RowVector): void {
  const { code, node } = context;
  const { program } = code;
  const count = sizeOf(value.shape);
  const start = target.stride === 0 ? zero : rowStart(target);
  const found = expressionOf(value, { fewest: kernelFrom, row: target.row });
  if (!found || !['op', 'root', 'vector'].some((kind) => kind in found.operand)) {
    storeIn(code, value, array, start);
    return;
  }
  const { operand, slots, row } = found;
  // The two forms need not store the same values, so each has its own.
  const expression = program.derived(
    node,
    `expression of ${context.block ? 'blocks' : 'rows'} at ${target.address}`,
    () =>
      vectorKernel(program).add(count * 32, (memory) => {
        const own = { slots: memory.reserve(slots.length * 8 + 8) };
        return { own, written: written(operand, count, own.slots, target, (elements) => placeOf(program, elements)) };
      }),
  );
  if (!expression) {
    storeIn(code, value, array, start);
    return;
  }
  const kernel = kernelName(program);
  if (slots.length > 0) {
    const given = program.array('float64', slots.length, { kernel, address: expression.slots });
    slots.forEach((slot, i) => code.line(`${given}[${i}] = ${slot.flat(code, zero)};`));
  }
  value.prepare(code);
  code.open(`if (${kernel}) ${kernel}.${expression.name}(${row}); else`);
  storeIn(code, value, array, start, false);
  code.close();
}

function written(
  operand: Operand,
  count: number,
  slots: number,
  target: Vector,
  addressOf: (elements: Float64Array) => number,
): WasmFunction {
  const f = new WasmFunction();
  const { places, write } = operandWriter(f, operand, slots, addressOf, target.stride);
  const [at, to] = [places.get(0) as number, places.get(target.stride * 8) as number];
  for (const [bytes, place] of places) f.setRow(place, bytes);
  f.repeatUntil(
    at,
    () => f.i32(count * 8),
    () => {
      f.get(to);
      write(0);
      f.store('v128.store', target.address);
      for (const place of places.values()) f.increase(place, 16);
    },
  );
  return f;
}
