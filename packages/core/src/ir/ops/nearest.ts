import { float64, int64 } from '../../tensor/index.ts';
import { value, type Op, type Value } from '../value.ts';
import { numbersOf, onnxType } from './numbers.ts';

const lookUpOp: Op<Float64Array> = {
  id: 'lookUp',
  evaluate: (table, [positions]) => numbersOf(positions as Float64Array).map((at) => table[at] as number),
  emit: (graph, table, [positions]) =>
    graph.node('Gather', [graph.constant(float64(table)), positions as string], { axis: 0 }),
};

/** The numbers of a table at these positions: `[N, positions]`. */
export function lookUp(positions: Value, table: Float64Array): Value {
  return value(lookUpOp, table, [positions], 'float64', positions.width);
}

const pickOp: Op<null> = {
  id: 'pick',
  evaluate: (_params, [x, positions]) =>
    numbersOf(positions as Float64Array).map((at) => numbersOf(x as Float64Array)[at] as number),
  emit: (graph, _params, inputs) => graph.node('GatherElements', inputs, { axis: 1 }),
};

/** The numbers of each row at positions that differ by row. */
export function pick(x: Value, positions: Value): Value {
  return value(pickOp, null, [x, positions], x.dtype, positions.width);
}

const squaresAtOp: Op<Float64Array> = {
  id: 'squaresAt',
  evaluate(points, [x, positions]) {
    const row = numbersOf(x as Float64Array);
    return numbersOf(positions as Float64Array).map((at) => {
      return row.reduce((sum, cell, f) => sum + (cell - (points[at * row.length + f] as number)) ** 2, 0);
    });
  },
  emit(graph, points, [x, positions], { inputs }) {
    const features = (inputs[0] as Value).width;
    const rows = graph.constant(float64(points, [points.length / features, features]));
    const found = graph.node('Gather', [rows, positions as string], { axis: 0 });
    const own = graph.node('Reshape', [x as string, graph.constant(int64([-1, 1, features]))]);
    const difference = graph.node('Sub', [own, found]);
    const squares = graph.node('Mul', [difference, difference]);
    return graph.node('ReduceSum', [squares, graph.constant(int64([2]))], { keepdims: 0 });
  },
};

/** Squared distances of each row to the points at its own positions. */
export function squaresAt(x: Value, positions: Value, points: Float64Array): Value {
  return value(squaresAtOp, points, [x, positions], 'float64', positions.width);
}

interface Rows {
  /** [rows, width], row-major. */
  readonly table: Float64Array;
}

const rowTotalOp: Op<Rows> = {
  id: 'rowTotal',
  evaluate({ table }, [positions, weights], { width }) {
    const result = new Float64Array(width);
    numbersOf(positions as Float64Array).forEach((at, i) => {
      const weight = weights ? (numbersOf(weights)[i] as number) : 1;
      for (let k = 0; k < width; k++) result[k] = (result[k] as number) + (table[at * width + k] as number) * weight;
    });
    return result;
  },
  emit(graph, { table }, [positions, weights], { width, inputs }) {
    const rows = graph.constant(float64(table, [table.length / width, width]));
    const found = graph.node('Gather', [rows, positions as string], { axis: 0 });
    const count = (inputs[0] as Value).width;
    const shape = graph.constant(int64([-1, count, 1]));
    const weighted = weights ? graph.node('Mul', [found, graph.node('Reshape', [weights, shape])]) : found;
    return graph.node('ReduceSum', [weighted, graph.constant(int64([1]))], { keepdims: 0 });
  },
};

/** Sum of the rows of a table `[rows, width]` at these positions, each times its weight where weights are given. */
export function rowTotal(positions: Value, table: Float64Array, width: number, weights?: Value): Value {
  return value(rowTotalOp, { table }, weights ? [positions, weights] : [positions], 'float64', width);
}

const tallyOp: Op<null> = {
  id: 'tally',
  evaluate(_params, [codes, weights], { width }) {
    const result = new Float64Array(width);
    numbersOf(codes as Float64Array).forEach((code, i) => {
      result[code] = (result[code] as number) + (weights ? (numbersOf(weights)[i] as number) : 1);
    });
    return result;
  },
  emit(graph, _params, [codes, weights], { width, inputs }) {
    const shape = graph.constant(int64([-1, (inputs[0] as Value).width, 1]));
    const range = graph.constant(
      float64(
        Float64Array.from({ length: width }, (_, code) => code),
        [1, 1, width],
      ),
    );
    const isCode = graph.node('Equal', [graph.node('Reshape', [codes as string, shape]), range]);
    const counts = graph.node('Cast', [isCode], { to: onnxType.float64 });
    const weighted = weights ? graph.node('Mul', [counts, graph.node('Reshape', [weights, shape])]) : counts;
    return graph.node('ReduceSum', [weighted, graph.constant(int64([1]))], { keepdims: 0 });
  },
};

/** How often each code 0 … classes − 1 is among `codes` (float64), or the sum of the weights of those. */
export function tally(codes: Value, classes: number, weights?: Value): Value {
  return value(tallyOp, null, weights ? [codes, weights] : [codes], 'float64', classes);
}
