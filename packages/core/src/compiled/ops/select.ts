import { axisOf, intOf } from '../../onnx/index.ts';
import { sizeOf } from '../../tensor/index.ts';
import { input, keepRows, knownInput, result, unsupported, type NodeContext, type Operator } from '../context.ts';
import { counting, flatten, print } from '../position.ts';
import { arrayValue, type Value } from '../value.ts';
import { isFloat } from './element.ts';
import { addSelection, type Selection } from './select-kernel.ts';
import { byVectors } from './vector-expression.ts';
import { kernelName, vectorKernel, vectorOf } from './vector-kernel.ts';

/** Fewer elements are not worth the call. */
const kernelFrom = 24;

/** The k smallest or largest elements in their order, of equal ones the first. */
export const topK: Operator = (context) => {
  const { code, node } = context;
  const { program } = code;
  const x = byVectors(context, input(context, 0), 'input');
  const axis = axisOf(node, intOf(node, 'axis', -1), x.shape.length);
  keepRows(context, [axis]);
  if (!isFloat(x.dtype) && !x.dtype.includes('int')) throw unsupported(node, x.dtype);
  const k = knownInput(context, 1, 'a count')[0] as number;
  const count = x.shape[axis] as number;
  if (k > count) throw unsupported(node, `${k} of ${count} elements`);
  const [values, indices] = [result(context, 0), result(context, 1)];
  const isSmallest = intOf(node, 'largest', 1) === 0;
  const step = sizeOf(x.shape.slice(axis + 1));
  const over = x.shape.map((dim, i) => (i === axis ? 1 : dim));
  const kernel = sizeOf(over) === 1 ? selectionOf(context, x, k, isSmallest) : undefined;
  const name = kernel && kernelName(program);
  const within = (address: number | undefined) =>
    name !== undefined && address !== undefined ? { kernel: name, address } : undefined;
  const chosen = program.array(x.dtype, sizeOf(values.shape), within(kernel?.chosen));
  const places = program.array('int64', sizeOf(values.shape), within(kernel?.places));
  const insert = program.use(isSmallest ? 'insertSmallest' : 'insertLargest');
  x.prepare(code);
  if (kernel) code.open(`if (${name}) ${name}.${kernel.name}(${kernel.row}); else`);
  code.each(over, sizeOf(over) === 1, (outer) => {
    const target = print(flatten(values.shape, outer));
    const worst = code.variable('0');
    const i = program.name('i');
    code.open(`for (let ${i} = 0; ${i} < ${count}; ${i}++)`);
    const place = counting(i, count);
    const element = x.at(
      code,
      outer.map((position, j) => (j === axis ? place : position)),
    );
    const call = `${insert}(${element}, ${i}, ${k}, ${chosen}, ${places}, ${target}, ${step})`;
    code.line(`if (${i} < ${k} || ${element} ${isSmallest ? '<' : '>'} ${worst}) ${worst} = ${call};`);
    code.close();
  });
  if (kernel) code.close();
  return [
    arrayValue(chosen, x.dtype, values.shape),
    arrayValue(places, 'int64', indices.shape, undefined, [0, count - 1]),
  ];
};

/** The function of the kernel that selects; undefined: the elements are few, or not in its memory. */
function selectionOf(
  { code, node }: NodeContext,
  x: Value,
  k: number,
  isSmallest: boolean,
): (Selection & { readonly row: string }) | undefined {
  const count = sizeOf(x.shape);
  const from = vectorOf(x);
  if (!from || x.dtype !== 'float64' || count < kernelFrom || k < 1) return undefined;
  const { program } = code;
  const selection = program.derived(node, `selection from ${from.address}, ${from.stride}`, () =>
    addSelection(vectorKernel(program), { from, count, k, isSmallest }),
  );
  return selection && { ...selection, row: from.row };
}
