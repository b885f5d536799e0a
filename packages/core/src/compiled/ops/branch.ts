import { intOf } from '../../onnx/index.ts';
import { sizeOf } from '../../tensor/index.ts';
import { input, unsupported, type NodeContext, type Operator } from '../context.ts';
import { zero } from '../position.ts';
import { writeHeapSelection } from './heap.ts';
import { arrayValue, copy, storeIn, type Value } from '../value.ts';

/** Goes through one of two graphs. */
const branch: Operator = (context) => {
  const { code } = context;
  const flag = input(context, 0);
  if (flag.shape.length !== 1) throw unsupported(context.node, 'several flags a row');
  const results = arrays(context);
  code.open(`if (${truth(context, flag)})`);
  fill(context, context.body('then_branch', [])(indices(results)), results);
  code.close();
  code.open('else');
  fill(context, context.body('else_branch', [])(indices(results)), results);
  code.close();
  return results;
};

/** Repeats a graph on its own results, until it says that they are not to change any more. */
const loop: Operator = (context) => {
  const { code, node } = context;
  const states = arrays(context);
  fill(
    context,
    states.map((_, i) => input(context, i)),
    states,
  );
  if (writeHeapSelection(context, states)) return states;
  const round = code.program.name('i');
  code.open(`for (let ${round} = 0; ${round} < ${intOf(node, 'most')}; ${round}++)`);
  const write = context.body('body', states);
  const [active] = write([0]) as [Value];
  // Otherwise the flag would be spread over more of the state than its row.
  if (states.some(({ shape }) => shape.length !== active.shape.length)) throw unsupported(node, 'several flags a row');
  code.line(`if (!${truth(context, active)}) break;`);
  const next = write(indices(states).map((i) => i + 1));
  const own = new Set(states.map(({ array }) => array?.name));
  // All states are computed from the ones before, so none is replaced until all are there.
  const kept = next.map((value) => (value.array && !own.has(value.array.name) ? value : copy(code, value)));
  fill(context, kept, states);
  code.close();
  return states;
};

/** Control flow by row. */
export const branches: Readonly<Record<string, Operator>> = { If: branch, Loop: loop };

/** An array for each result. */
function arrays({ code, results }: NodeContext): Value[] {
  return results.map(({ dtype, shape }) => arrayValue(code.program.array(dtype, sizeOf(shape)), dtype, shape));
}

function fill({ code, node }: NodeContext, values: readonly Value[], targets: readonly Value[]): void {
  targets.forEach(({ array, dtype, shape }, i) => {
    const value = values[i] as Value;
    const isSame =
      value.dtype === dtype &&
      value.shape.length === shape.length &&
      value.shape.every((dim, axis) => dim === shape[axis]);
    if (!isSame) throw unsupported(node, 'results of different shapes');
    storeIn(code, value, array?.name as string, zero);
  });
}

function truth({ code, node }: NodeContext, flag: Value): string {
  if (flag.dtype !== 'bool' || sizeOf(flag.shape) !== 1) throw unsupported(node, 'several flags a row');
  return flag.flat(code, zero);
}

function indices(values: readonly Value[]): number[] {
  return [...values.keys()];
}
