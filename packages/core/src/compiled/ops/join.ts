import { axisOf, intOf } from '../../onnx/index.ts';
import { sizeOf } from '../../tensor/index.ts';
import { input, keepRows, result, type Operator } from '../context.ts';
import type { Code } from '../code.ts';
import { at, flatten, plus, print, zero, type Position } from '../position.ts';
import { arrayValue, inKernel, lookedUpValue, storable, type Value } from '../value.ts';
import { kernelName, vectorKernel } from './vector-kernel.ts';

/** Small results are looked up where they are read; large ones are written part by part, each in its own loops. */
const concat: Operator = (context) => {
  const { code, node } = context;
  const { dtype, shape } = result(context);
  const parts = node.inputs.map((_, i) => input(context, i));
  const axis = axisOf(node, intOf(node, 'axis', 1), shape.length);
  node.inputs.forEach((_, i) => keepRows(context, [axis], i));
  const starts: number[] = [];
  let total = 0;
  for (const part of parts) {
    starts.push(total);
    total += part.shape[axis] as number;
  }
  if (sizeOf(shape) > code.unroll) return [written(code, parts, starts, axis, dtype, shape)];

  return [
    lookedUpValue({
      dtype,
      shape,
      inputs: parts,
      range: rangeOf(parts),
      isView: true,
      at: (inner, coordinates) => {
        const { low, high } = coordinates[axis] as Position;
        const i = starts.findLastIndex((start) => start <= low);
        const part = parts[i] as Value;
        const start = starts[i] as number;
        if (high >= start + (part.shape[axis] as number))
          throw new Error('a loop reads across parts that are in no array');
        return part.at(
          inner,
          coordinates.map((place, j) => (j === axis ? plus(place, at(-start)) : place)),
        );
      },
    }),
  ];
};

/** Operators that put values side by side. */
export const joins: Readonly<Record<string, Operator>> = { Concat: concat };

function written(
  code: Code,
  parts: readonly Value[],
  starts: readonly number[],
  axis: number,
  dtype: Value['dtype'],
  shape: readonly number[],
): Value {
  const { program } = code;
  // What the kernel has parts of, it will be asked for.
  const isForKernel = dtype === 'float64' && parts.some(({ array }) => array?.address !== undefined);
  const address = isForKernel ? vectorKernel(program).reserve(sizeOf(shape) * 8) : undefined;
  const within = address === undefined ? undefined : { kernel: kernelName(program), address };
  const array = program.array(dtype, sizeOf(shape), within);
  parts.forEach((part, i) => {
    const isSmall = sizeOf(part.shape) <= code.unroll;
    if (!isSmall) part.prepare(code);
    code.each(part.shape, isSmall, (coordinates) => {
      const place = coordinates.map((position, j) => (j === axis ? plus(position, at(starts[i] as number)) : position));
      code.line(`${array}[${print(flatten(shape, place))}] = ${storable(dtype, part.at(code, coordinates))};`);
    });
  });
  const value = arrayValue(array, dtype, shape, zero, rangeOf(parts));
  return address === undefined ? value : inKernel(value, address);
}

function rangeOf(parts: readonly Value[]): [number, number] | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const { range } of parts) {
    if (!range) return undefined;
    low = Math.min(low, range[0]);
    high = Math.max(high, range[1]);
  }
  return [low, high];
}
