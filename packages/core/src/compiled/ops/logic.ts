import { intOf } from '../../onnx/index.ts';
import { input, result, type Operator } from '../context.ts';
import { combined, elementwise } from './element.ts';

const infinite: Operator = elementwise(([x], { node }) => {
  const high = intOf(node, 'detect_positive', 1) !== 0;
  const low = intOf(node, 'detect_negative', 1) !== 0;
  if (high && low) return `Math.abs(${x}) === Infinity`;
  return high ? `${x} === Infinity` : low ? `${x} === -Infinity` : 'false';
});

const where: Operator = (context) => {
  const [condition, x, y] = [input(context, 0), input(context, 1), input(context, 2)];
  const range: [number, number] | undefined =
    x.range && y.range ? [Math.min(x.range[0], y.range[0]), Math.max(x.range[1], y.range[1])] : undefined;
  return [combined(context, [condition, x, y], result(context), ([c, a, b]) => `(${c} ? ${a} : ${b})`, range)];
};

/** Comparisons and truth values, element by element. Strings compare with Equal only. */
export const logic: Readonly<Record<string, Operator>> = {
  Equal: elementwise(([x, y]) => `${x} === ${y}`),
  Less: elementwise(([x, y]) => `${x} < ${y}`),
  LessOrEqual: elementwise(([x, y]) => `${x} <= ${y}`),
  Greater: elementwise(([x, y]) => `${x} > ${y}`),
  GreaterOrEqual: elementwise(([x, y]) => `${x} >= ${y}`),
  And: elementwise(([x, y]) => `${x} && ${y}`),
  Or: elementwise(([x, y]) => `${x} || ${y}`),
  Xor: elementwise(([x, y]) => `${x} !== ${y}`),
  Not: elementwise(([x]) => `!${x}`),
  IsNaN: elementwise(([x]) => `${x} !== ${x}`),
  IsInf: infinite,
  Where: where,
};
