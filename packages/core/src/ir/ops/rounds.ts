import { int64 } from '../../tensor/index.ts';
import { value, type Op, type Row, type Value } from '../value.ts';
import { numbersOf } from './numbers.ts';

const sumOfRoundsOp: Op<null> = {
  id: 'sumOfRounds',
  evaluate(_params, [x], { width }) {
    const total = new Float64Array(width);
    numbersOf(x as Row).forEach((cell, i) => (total[i % width] = (total[i % width] as number) + cell));
    return total;
  },
  emit(graph, _params, [x], { width }) {
    const rounds = graph.node('Reshape', [x as string, graph.constant(int64([0, -1, width]))]);
    return graph.node('ReduceSum', [rounds, graph.constant(int64([1]))], { keepdims: 0 });
  },
};

/** Adds up blocks of `width` columns that stand side by side, one block after the other: the votes of many estimators. */
export function sumOfRounds(x: Value, width: number): Value {
  if (!width || x.width % width) throw new Error(`${x.width} columns are no rounds of ${width}`);
  return x.width === width ? x : value(sumOfRoundsOp, null, [x], x.dtype, width);
}

interface Weights {
  readonly weights: Float64Array;
}

const weightedMedianOp: Op<Weights> = {
  id: 'weightedMedian',
  evaluate({ weights }, [x]) {
    const row = numbersOf(x as Row);
    const order = Array.from(row.keys()).sort((a, b) => (row[a] as number) - (row[b] as number) || a - b);
    let total = 0;
    const reached = order.map((at) => (total += weights[at] as number));
    const middle = reached.findIndex((sum) => sum >= 0.5 * total);
    return Float64Array.of(row[order[Math.max(0, middle)] as number] as number);
  },
  emit(graph, { weights }, [x]) {
    const count = weights.length;
    const [sorted = '', order = ''] = graph.nodes(
      'TopK',
      [x as string, graph.constant(int64([count]))],
      { axis: 1, largest: 0, sorted: 1 },
      { outputs: 2 },
    );
    const ordered = graph.node('Gather', [graph.constant({ dtype: 'float64', shape: [count], data: weights }), order], {
      axis: 0,
    });
    const reached = graph.node('CumSum', [ordered, graph.scalar('int64', 1)]);
    const total = graph.node('Gather', [reached, graph.constant(int64([count - 1]))], { axis: 1 });
    const half = graph.node('Mul', [total, graph.scalar('float64', 0.5)]);
    const above = graph.node('Cast', [graph.node('GreaterOrEqual', [reached, half])], { to: 11 });
    return graph.node('GatherElements', [sorted, graph.node('ArgMax', [above], { axis: 1, keepdims: 1 })], { axis: 1 });
  },
};

/** Of each row's numbers the first, from the smallest up, at which half of the weight is reached. */
export function weightedMedian(x: Value, weights: ArrayLike<number>): Value {
  if (weights.length !== x.width) throw new Error(`${weights.length} weights for ${x.width} columns`);
  return value(weightedMedianOp, { weights: Float64Array.from(weights) }, [x], 'float64', 1);
}
