import { axesOf, axisOf, intOf, type Shaped } from '../../onnx/index.ts';
import { sizeOf, type DType } from '../../tensor/index.ts';
import { input, keepRows, result, unsupported, type NodeContext, type Operator } from '../context.ts';
import type { Code } from '../code.ts';
import type { Position } from '../position.ts';
import { arrayValue, scalarsValue, store, type Value } from '../value.ts';
import { beyond, isLength } from '../length.ts';
import { squaredDistances } from './distances.ts';
import { isFloat, rounded } from './element.ts';

/** How a reduction runs over elements, in their order. */
interface Reduction {
  /** The value before the first element; undefined: the first element itself. */
  readonly start?: string;
  /** What an element is before it is joined. */
  readonly each?: (x: string) => string;
  readonly join: (sum: string, x: string) => string;
  readonly end?: (sum: string, count: number) => string;
  readonly floatsOnly?: boolean;
}

const sum = (x: string, y: string) => `${x} + ${y}`;

const reductions: Readonly<Record<string, Reduction>> = {
  ReduceSum: { start: '0', join: sum },
  ReduceMean: { start: '0', join: sum, end: (total, count) => `${total} / ${count}`, floatsOnly: true },
  ReduceProd: { start: '1', join: (x, y) => `${x} * ${y}` },
  ReduceMax: { join: (x, y) => `Math.max(${x}, ${y})` },
  ReduceMin: { join: (x, y) => `Math.min(${x}, ${y})` },
  ReduceSumSquare: { start: '0', each: (x) => `${x} * ${x}`, join: sum },
  ReduceL1: { start: '0', each: (x) => `Math.abs(${x})`, join: sum },
  ReduceL2: {
    start: '0',
    each: (x) => `${x} * ${x}`,
    join: sum,
    end: (total) => `Math.sqrt(${total})`,
    floatsOnly: true,
  },
  ReduceLogSum: { start: '0', join: sum, end: (total) => `Math.log(${total})`, floatsOnly: true },
};

/** Reductions along axes. */
export const reduces: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(reductions).map(([op, how]) => [op, reducer(how)])),
  ReduceLogSumExp: logSumExp,
};

/** Writes a reduction of `x` over `axes`; a float32 result is rounded after each step, as a loop over floats does. */
export function reduceTo(
  context: NodeContext,
  x: Value,
  axes: readonly number[],
  shape: readonly number[],
  { start, each, join, end }: Reduction,
): Value {
  const { code } = context;
  const { dtype } = x;
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const reduced = x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
  const count = sizeOf(reduced);
  if (end && isLength(count)) throw beyond();
  const step = (text: string) => rounded(dtype, text, context);
  return computed(code, dtype, kept, shape, count, [x], (outer, isSmall) => {
    let total: string | undefined = isSmall ? start : undefined;
    const variable = isSmall ? '' : code.variable(start ?? x.at(code, outer));
    code.each(reduced, isSmall, (inner) => {
      const element = x.at(
        code,
        outer.map((place, axis) => (axes.includes(axis) ? (inner[axis] as Position) : place)),
      );
      const term = each ? code.bind(step(each(element))) : element;
      if (!isSmall) code.line(`${variable} = ${step(join(variable, term))};`);
      else total = total === undefined || total === '0' ? term : code.bind(step(join(total, term)));
    });
    const all = isSmall ? (total as string) : variable;
    return end ? step(end(all, count)) : all;
  });
}

/**
 * Writes one element after the other of a result that is stored: into variables while it is small, else into an array.
 * `element` gets its coordinates, and whether what it does `work` times may be written out.
 */
export function computed(
  code: Code,
  dtype: DType,
  over: readonly number[],
  shape: readonly number[],
  work: number,
  inputs: readonly Value[],
  element: (coordinates: readonly Position[], isSmall: boolean) => string,
): Value {
  const size = sizeOf(over);
  const isSmall = size * work <= code.unroll * 2;
  const isFew = size <= Math.max(8, code.unroll / 4);
  if (!isSmall) for (const value of inputs) value.prepare(code);
  if (isFew) {
    const names: string[] = [];
    code.each(over, true, (coordinates) => names.push(code.bind(element(coordinates, isSmall))));
    return scalarsValue(names, dtype, shape);
  }
  const array = code.program.array(dtype, size);
  const target = arrayValue(array, dtype, over);
  code.each(over, isSmall, (coordinates) => {
    const value = element(coordinates, isSmall || work === 1);
    code.line(`${target.at(code, coordinates)} = ${value};`);
  });
  return arrayValue(array, dtype, shape);
}

/** The axes that a reduction runs over. */
function reducedAxes(context: NodeContext, x: Value): number[] {
  const known = context.inputs[1] ? context.known(1) : undefined;
  if (context.inputs[1] && !known) throw unsupported(context.node, 'axes that the graph computes');
  const shaped: Shaped | undefined = known && { dtype: 'int64', shape: [known.length], value: known };
  const axes = axesOf(context.node, shaped) ?? [];
  if (axes.length === 0) return intOf(context.node, 'noop_with_empty_axes', 0) ? [] : x.shape.map((_, axis) => axis);
  return axes.map((axis) => axisOf(context.node, axis, x.shape.length));
}

function reducer(how: Reduction): Operator {
  return (context) => {
    const x = input(context, 0);
    const axes = reducedAxes(context, x);
    keepRows(context, axes);
    const isNumber = isFloat(x.dtype) || (!how.floatsOnly && x.dtype.includes('int'));
    if (!isNumber) throw unsupported(context.node, x.dtype);
    if (axes.length === 0 && !how.each && !how.end) return [x];
    if (sizeOf(x.shape) === 0) throw unsupported(context.node, 'an empty input');
    const distances = squaredDistances(context, x, axes);
    if (distances) return [distances];
    return [reduceTo(context, x, axes, result(context).shape, how)];
  };
}

/** log Σ e^x, shifted by the maximum so that nothing overflows. */
function logSumExp(context: NodeContext): readonly Value[] {
  const { code } = context;
  const x = store(code, input(context, 0));
  if (!isFloat(x.dtype)) throw unsupported(context.node, x.dtype);
  const axes = reducedAxes(context, x);
  keepRows(context, axes);
  const shape = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const highest = reduceTo(context, x, axes, shape, { join: (a, b) => `Math.max(${a}, ${b})` });
  const shift = code.program.use('finiteOrZero');
  const exp = code.program.use('exp');
  const reduced = x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
  return [
    computed(code, x.dtype, shape, result(context).shape, sizeOf(reduced), [x, highest], (outer, isSmall) => {
      const top = code.bind(`${shift}(${highest.at(code, outer)})`);
      const total = code.variable('0');
      code.each(reduced, isSmall, (inner) => {
        const place = outer.map((position, axis) => (axes.includes(axis) ? (inner[axis] as Position) : position));
        code.line(`${total} += ${exp}(${x.at(code, place)} - ${top});`);
      });
      return rounded(x.dtype, `Math.log(${total}) + ${top}`, context);
    }),
  ];
}
