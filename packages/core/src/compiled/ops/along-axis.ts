import { axisOf, intOf } from '../../onnx/index.ts';
import { sizeOf } from '../../tensor/index.ts';
import { input, keepRows, knownInput, result, type NodeContext, type Operator } from '../context.ts';
import { flatten, print, type Position } from '../position.ts';
import { arrayValue, lazyValue, store, type Value } from '../value.ts';
import { combined, floatResult, rounded } from './element.ts';
import { reduceTo } from './reduce.ts';
import { best } from './best.ts';
import { topK } from './select.ts';

/** Softmax and LogSoftmax; before operator set 13 they flatten everything from the axis on. */
const softmax =
  (isLog: boolean): Operator =>
  (context) => {
    const { code, node, opset } = context;
    const dtype = floatResult(context);
    const x = store(code, input(context, 0));
    const rank = x.shape.length;
    const axis = axisOf(node, intOf(node, 'axis', opset >= 13 ? -1 : 1), rank);
    const axes = opset >= 13 ? [axis] : x.shape.map((_, i) => i).slice(axis);
    keepRows(context, axes);
    const shape = x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
    const step = (text: string) => rounded(dtype, text, context);
    const highest = reduceTo(context, x, axes, shape, { join: (a, b) => `Math.max(${a}, ${b})` });
    const shifted = combined(context, [x, highest], result(context), ([a, b]) => step(`${a} - ${b}`));
    const exp = code.program.use('exp');
    const powers = store(
      code,
      combined(context, [shifted], result(context), ([a]) => step(`${exp}(${a})`)),
    );
    const total = reduceTo(context, powers, axes, shape, { start: '0', join: (a, b) => `${a} + ${b}` });
    if (!isLog) return [combined(context, [powers, total], result(context), ([a, b]) => step(`${a} / ${b}`))];
    const logs = store(
      code,
      combined(context, [total], { dtype, shape }, ([a]) => step(`Math.log(${a})`)),
    );
    return [combined(context, [shifted, logs], result(context), ([a, b]) => step(`${a} - ${b}`))];
  };

const cumulativeSum: Operator = (context) => {
  const { code, node } = context;
  const x = input(context, 0);
  const axis = axisOf(node, knownInput(context, 1, 'an axis')[0] as number, x.shape.length);
  keepRows(context, [axis]);
  const isExclusive = intOf(node, 'exclusive', 0) !== 0;
  const isReverse = intOf(node, 'reverse', 0) !== 0;
  const count = x.shape[axis] as number;
  const { dtype, shape } = result(context);
  const array = code.program.array(dtype, sizeOf(shape));
  const isSmall = sizeOf(shape) <= code.unroll;
  if (!isSmall) x.prepare(code);
  code.each(
    shape.map((dim, i) => (i === axis ? 1 : dim)),
    isSmall,
    (outer) => {
      const total = code.variable('0');
      code.repeat(
        count,
        (i) => {
          const place: Position = isReverse ? reversed(i, count) : i;
          const coordinates = outer.map((position, j) => (j === axis ? place : position));
          const element = x.at(code, coordinates);
          const write = `${array}[${print(flatten(shape, coordinates))}] = ${total};`;
          if (isExclusive) code.line(write);
          code.line(`${total} = ${rounded(dtype, `${total} + ${element}`, context)};`);
          if (!isExclusive) code.line(write);
        },
        isSmall,
      );
    },
  );
  return [arrayValue(array, dtype, shape)];
};

/** 1 at the highest element, else 0. */
const hardmax: Operator = (context) => {
  const place = best(true)({ ...context, results: [{ dtype: 'int64', shape: keptShape(context) }] })[0] as Value;
  const { dtype, shape } = result(context);
  const axis = axisOf(context.node, intOf(context.node, 'axis', -1), shape.length);
  return [
    lazyValue({
      dtype,
      shape,
      inputs: [place],
      at: (code, coordinates) => {
        const row = coordinates.map((position, i) =>
          i === axis ? { terms: [], offset: 0, low: 0, high: 0 } : position,
        );
        return `(${place.at(code, row)} === ${print(coordinates[axis] as Position)} ? 1 : 0)`;
      },
    }),
  ];
};

/** Operators that compare or join elements along one axis. */
export const alongAxis: Readonly<Record<string, Operator>> = {
  Softmax: softmax(false),
  LogSoftmax: softmax(true),
  ArgMax: best(true),
  ArgMin: best(false),
  TopK: topK,
  CumSum: cumulativeSum,
  Hardmax: hardmax,
};

function reversed(i: Position, count: number): Position {
  const terms = i.terms.map(({ variable, factor }) => ({ variable, factor: -factor }));
  return { terms, offset: count - 1 - i.offset, low: count - 1 - i.high, high: count - 1 - i.low };
}

function keptShape(context: NodeContext): number[] {
  const { shape } = result(context);
  const axis = axisOf(context.node, intOf(context.node, 'axis', -1), shape.length);
  return shape.map((dim, i) => (i === axis ? 1 : dim));
}
