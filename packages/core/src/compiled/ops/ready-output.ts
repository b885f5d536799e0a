import { sizeOf } from '../../tensor/index.ts';
import type { Code, Program } from '../code.ts';
import { maxBlockRows, type Block } from '../context.ts';
import type { Value } from '../value.ts';
import { WasmFunction } from '../trees/wasm.ts';
import { expressionOf, operandWriter, type Operand } from './operand.ts';
import { kernelName, placeOf, vectorKernel } from './vector-kernel.ts';

/** Fewer elements a row are written faster one by one. */
const fewest = 4;
/** More would be many instructions: they are written out. */
const most = 128;

/**
 * Writes an output for all rows of a block at once, where the kernel has what it is made of: computed there, and copied as
 * one. Gives the name of the kernel, without which rows must still be written one by one; undefined: nothing is written.
 */
export function writeReadyOutput(program: Program, block: Block, value: Value, array: string): string | undefined {
  const count = sizeOf(value.shape);
  const operand = count <= most ? expressionOf(value, { fewest, isReady: true })?.operand : undefined;
  if (!operand || !block.beforeRows) return undefined;
  const kernel = vectorKernel(program);
  // An odd row is filled up by what the next one begins with.
  const address = kernel.reserve((maxBlockRows * count + 1) * 8);
  if (address === undefined) return undefined;
  const addressOf = (elements: Float64Array) => placeOf(program, elements);
  const filled = kernel.add(0, () => ({ own: {}, written: allRows(operand, count, address, addressOf) }));
  if (!filled) return undefined;
  const name = kernelName(program);
  const rows = block.array('float64', count, { kernel: name, address });
  block.beforeRows((code: Code, number) => {
    code.open(`if (${name})`);
    code.line(`${name}.${filled.name}(${number});`);
    code.line(`${array}.set(${rows}.subarray(0, ${number} * ${count}), start * ${count});`);
    code.close();
  });
  return name;
}

function allRows(
  operand: Operand,
  count: number,
  target: number,
  addressOf: (elements: Float64Array) => number,
): WasmFunction {
  const f = new WasmFunction();
  const { places, write } = operandWriter(f, operand, 0, addressOf);
  const [out, end] = [f.local('i32'), f.local('i32')];
  for (const local of [out, ...places.values()]) {
    f.i32(0);
    f.set(local);
  }
  f.setRow(end, count * 8);
  f.repeatUntil(
    out,
    () => f.get(end),
    () => {
      for (let i = 0; i < count; i += 2) {
        f.get(out);
        write(i * 8);
        f.store('v128.store', target + i * 8);
      }
      f.increase(out, count * 8);
      for (const [bytes, local] of places) if (bytes > 0) f.increase(local, bytes);
    },
  );
  return f;
}
