import { float64, int64 } from '../../tensor/index.ts';
import { value, type Op, type Row, type Value } from '../value.ts';
import { numbersOf } from './numbers.ts';

const chiSquaredOp: Op<Float64Array> = {
  id: 'chiSquared',
  evaluate(points, [x], { width }) {
    const row = numbersOf(x as Row);
    return Float64Array.from({ length: width }, (_, k) => {
      let total = 0;
      row.forEach((a, f) => {
        const b = points[k * row.length + f] as number;
        if (a + b !== 0) total += ((a - b) * (a - b)) / (a + b);
      });
      return total;
    });
  },
  emit(graph, points, [x], { width, inputs }) {
    const all = graph.constant(float64(points, [1, width, (inputs[0] as Value).width]));
    const one = graph.node('Unsqueeze', [x as string, graph.constant(int64([1]))]);
    const difference = graph.node('Sub', [one, all]);
    const sum = graph.node('Add', [one, all]);
    const ratio = graph.node('Div', [graph.node('Mul', [difference, difference]), sum]);
    const zero = graph.constant(float64([0], [1, 1, 1]));
    const defined = graph.node('Where', [graph.node('Equal', [sum, zero]), zero, ratio]);
    return graph.node('ReduceSum', [defined, graph.constant(int64([2]))], { keepdims: 0 });
  },
  demand: (_params, _demands, { inputs: [x] }) => [Array.from({ length: (x as Value).width }, () => ({}))],
};

/** Σ (x − p)² / (x + p) of each row and each point `[points, columns]`; columns that are zero in both count nothing. */
export function chiSquared(x: Value, points: Float64Array): Value {
  if (!x.width || points.length % x.width)
    throw new Error(`${points.length} numbers are no points of ${x.width} columns`);
  return value(chiSquaredOp, points, [x], 'float64', points.length / x.width);
}
