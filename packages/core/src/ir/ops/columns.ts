import { int64 } from '../../tensor/index.ts';
import { value, type Demand, type Op, type Row, type Value } from '../value.ts';

const concatOp: Op<null> = {
  id: 'concat',
  evaluate: (_params, inputs, { dtype }) => {
    if (dtype === 'string') return inputs.flatMap((row) => row as readonly string[]);
    return Float64Array.from(inputs.flatMap((row) => [...(row as Float64Array)]));
  },
  emit(graph, _params, inputs, { inputs: parts }) {
    const shown = inputs.filter((_, i) => (parts[i] as Value).width);
    return shown.length === 1 ? (shown[0] as string) : graph.node('Concat', shown, { axis: 1 });
  },
  demand(_params, demands, { inputs }) {
    let at = 0;
    return inputs.map((operand) => demands.slice(at, (at += operand.width)));
  },
};

const nothingOp: Op<null> = {
  id: 'nothing',
  evaluate: () => new Float64Array(0),
  emit: (_graph, _params, [x]) => x as string,
  demand: (_params, _demands, { inputs: [x] }) => [Array.from({ length: (x as Value).width }, () => ({}))],
};

/** No columns at all, only what is asked of x on the way: for joining with others. */
export function nothing(x: Value): Value {
  return value(nothingOp, null, [x], 'float64', 0);
}

/** Side by side. All of one dtype; constants are not allowed, because they have one row only. */
export function concat(values: readonly Value[]): Value {
  const [first] = values;
  if (!first) throw new Error('nothing to concatenate');
  if (values.some((part) => part.dtype !== first.dtype)) throw new Error('concat of different dtypes');
  if (values.length === 1) return first;
  return value(
    concatOp,
    null,
    values,
    first.dtype,
    values.reduce((sum, part) => sum + part.width, 0),
  );
}

const selectOp: Op<readonly number[]> = {
  id: 'select',
  evaluate: (indices, [x]) =>
    x instanceof Float64Array
      ? Float64Array.from(indices, (at) => x[at] as number)
      : indices.map((at) => (x as readonly string[])[at] as string),
  emit: (graph, indices, [x]) => graph.node('Gather', [x as string, graph.constant(int64(indices))], { axis: 1 }),
  demand(indices, demands, { inputs: [x] }) {
    const result: Demand[] = Array.from({ length: (x as Value).width }, () => ({}));
    indices.forEach((at, i) => (result[at] = { ...result[at], ...defined(demands[i] ?? {}) }));
    return [result];
  },
};

/** The columns at these positions, in this order. */
export function select(x: Value, indices: readonly number[]): Value {
  if (indices.length === x.width && indices.every((at, i) => at === i)) return x;
  return value(selectOp, indices, [x], x.dtype, indices.length);
}

const requireOp: Op<Demand> = {
  id: 'require',
  evaluate: (_params, [x]) => x as Row,
  emit: (_graph, _params, [x]) => x as string,
  demand: (demand, demands) => [demands.map((own) => ({ ...own, ...defined(demand) }))],
};

/** The library checks x here (`check_array`): whatever it refuses is asked of the columns that x comes from. */
export function require(x: Value, demand: Demand): Value {
  return value(requireOp, demand, [x], x.dtype, x.width);
}

function defined(demand: Demand): Demand {
  return Object.fromEntries(Object.entries(demand).filter(([, part]) => part !== undefined));
}
