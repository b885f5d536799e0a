import { float64, int64 } from '../../tensor/index.ts';
import { value, type Op, type Row, type Value } from '../value.ts';
import { numbersOf, onnxType } from './numbers.ts';

/** Linear models at the leaves of trees; leaves of all trees are numbered through. */
export interface LinearLeaves {
  readonly constant: Float64Array;
  /** `[leaves, features]` row-major; 0 where a feature is not used. */
  readonly coefficients: Float64Array;
  /** 1 where a leaf uses a feature, `[leaves, features]`. */
  readonly used: Float64Array;
  /** The answer of a leaf when a feature that it uses is missing. */
  readonly fallback: Float64Array;
  /** Columns of the result that trees take turns in. */
  readonly turns: number;
}

const linearLeavesOp: Op<LinearLeaves> = {
  id: 'linearLeaves',
  evaluate({ constant, coefficients, used, fallback, turns }, [leafRow, xRow]) {
    const leaves = numbersOf(leafRow as Row);
    const x = numbersOf(xRow as Row);
    const result = new Float64Array(turns);
    leaves.forEach((leaf, t) => {
      let output = constant[leaf] as number;
      for (let f = 0; f < x.length; f++) {
        if (!used[leaf * x.length + f]) continue;
        if (Number.isNaN(x[f])) {
          output = fallback[leaf] as number;
          break;
        }
        output += (coefficients[leaf * x.length + f] as number) * (x[f] as number);
      }
      result[t % turns] = (result[t % turns] as number) + output;
    });
    return result;
  },
  emit(graph, { constant, coefficients, used, fallback, turns }, [leaves, x], { inputs }) {
    const features = (inputs[1] as Value).width;
    const count = constant.length;
    const index = graph.node('Cast', [leaves as string], { to: onnxType.int64 });
    const rows = (table: Float64Array): string =>
      graph.node('Gather', [graph.constant(float64(table, [count, features])), index], { axis: 0 });
    const cells = (table: Float64Array): string =>
      graph.node('Gather', [graph.constant(float64(table)), index], { axis: 0 });
    const missing = graph.node('IsNaN', [x as string]);
    const zero = graph.scalar('float64', 0);
    const filled = graph.node('Unsqueeze', [
      graph.node('Where', [missing, zero, x as string]),
      graph.constant(int64([1])),
    ]);
    const lost = graph.node('Unsqueeze', [
      graph.node('Cast', [missing], { to: onnxType.float64 }),
      graph.constant(int64([1])),
    ]);
    const axis = graph.constant(int64([2]));
    const dot = graph.node('ReduceSum', [graph.node('Mul', [rows(coefficients), filled]), axis], { keepdims: 0 });
    const lostUsed = graph.node('ReduceSum', [graph.node('Mul', [rows(used), lost]), axis], { keepdims: 0 });
    const linear = graph.node('Add', [cells(constant), dot]);
    const outputs = graph.node('Where', [graph.node('Greater', [lostUsed, zero]), cells(fallback), linear]);
    const rounds = graph.node('Reshape', [outputs, graph.constant(int64([0, -1, turns]))]);
    return graph.node('ReduceSum', [rounds, graph.constant(int64([1]))], { keepdims: 0 });
  },
  demand: (_params, _demands, { inputs }) => inputs.map((operand) => Array.from({ length: operand.width }, () => ({}))),
};

/** Sum of the linear models of the leaves that a row reached; `leaves` `[N, trees]` are numbers of leaves. */
export function linearLeaves(leaves: Value, x: Value, params: LinearLeaves): Value {
  return value(linearLeavesOp, params, [leaves, x], 'float64', params.turns);
}
