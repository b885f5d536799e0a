import { axisOf, intOf } from '../../onnx/index.ts';
import { sizeOf } from '../../tensor/index.ts';
import { maxBlockRows, input, keepRows, result, type NodeContext, type Operator } from '../context.ts';
import { isFixed, print, zero, type Position } from '../position.ts';
import { arrayValue, store, type Value } from '../value.ts';
import { addContest } from './best-kernel.ts';
import { expressionOf } from './operand.ts';
import { computed } from './reduce.ts';
import { kernelName, placeOf, vectorKernel } from './vector-kernel.ts';

/** Elements that the kernel compares: fewer are not worth it, and more are many instructions. */
const [fewest, most] = [4, 64];

/** The place of the highest or lowest element; of equal ones the first, or the last where the node says so. */
export const best =
  (isHigher: boolean): Operator =>
  (context) => {
    const { node } = context;
    const given = input(context, 0);
    const axis = axisOf(node, intOf(node, 'axis', 0), given.shape.length);
    keepRows(context, [axis]);
    const count = given.shape[axis] as number;
    const isLast = intOf(node, 'select_last_index', 0) !== 0;
    const ofBlock = !isLast && count === sizeOf(given.shape) ? bestOfBlock(context, given, isHigher) : undefined;
    if (ofBlock) return [ofBlock];
    return [placeOfBest(context, given, axis, isHigher, isLast)];
  };

/** The place for all rows of a block at once, where the kernel has what is compared; it takes no branches. */
function bestOfBlock(context: NodeContext, given: Value, isHigher: boolean): Value | undefined {
  const { block, code } = context;
  const { program } = code;
  const count = sizeOf(given.shape);
  const operand = count <= most ? expressionOf(given, { fewest, isReady: true })?.operand : undefined;
  if (!block?.beforeRows || !operand) return undefined;
  const kernel = vectorKernel(program);
  const address = kernel.reserve(maxBlockRows * 8);
  const name = kernelName(program);
  const addressOf = (elements: Float64Array) => placeOf(program, elements);
  const contest =
    address === undefined ? undefined : addContest(kernel, { operand, count, isHigher, addressOf, output: address });
  if (!contest || address === undefined) return undefined;
  const out = block.array('float64', 1, { kernel: name, address });
  const value = arrayValue(out, 'int64', result(context).shape, block.rowStart(1), [0, count - 1]);
  block.beforeRows((before, rows) => before.line(`if (${name}) ${name}.${contest.name}(${rows});`));
  code.open(`if (!${name})`);
  const place = placeOfBest(context, given, given.shape.indexOf(count), isHigher, false);
  code.line(`${value.flat(code, zero)} = ${place.flat(code, zero)};`);
  code.close();
  return value;
}

function placeOfBest(context: NodeContext, given: Value, axis: number, isHigher: boolean, isLast: boolean): Value {
  const { code } = context;
  const x = store(code, given);
  const count = x.shape[axis] as number;
  const comparison = `${isHigher ? '>' : '<'}${isLast ? '=' : ''}`;
  const over = x.shape.map((dim, i) => (i === axis ? 1 : dim));
  const value = computed(code, 'int64', over, result(context).shape, count, [x], (outer, isSmall) => {
    const elementAt = (i: Position): string =>
      x.at(
        code,
        outer.map((position, j) => (j === axis ? i : position)),
      );
    const place = code.variable('0');
    const record = code.variable(elementAt(zero));
    code.repeat(
      count,
      (i) => {
        if (isFixed(i) && i.offset === 0) return;
        const element = elementAt(i);
        code.line(`if (${element} ${comparison} ${record}) { ${record} = ${element}; ${place} = ${print(i)}; }`);
      },
      isSmall,
    );
    return place;
  });
  return { ...value, range: [0, count - 1] };
}
