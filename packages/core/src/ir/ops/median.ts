import { float64, int64 } from '../../tensor/index.ts';
import { value, type Op, type Row, type Value } from '../value.ts';
import { numbersOf } from './numbers.ts';

const medianOp: Op<null> = {
  id: 'median',
  evaluate(_params, [x]) {
    const sorted = numbersOf(x as Row).toSorted();
    const half = sorted.length >> 1;
    const upper = sorted[half] as number;
    return Float64Array.of(sorted.length % 2 ? upper : ((sorted[half - 1] as number) + upper) / 2);
  },
  emit(graph, _params, [x], { inputs }) {
    const width = (inputs[0] as Value).width;
    const half = width >> 1;
    const [lowest = ''] = graph.nodes(
      'TopK',
      [x as string, graph.constant(int64([half + 1]))],
      { axis: 1, largest: 0, sorted: 1 },
      { outputs: 2 },
    );
    const upper = graph.node('Gather', [lowest, graph.constant(int64([half]))], { axis: 1 });
    if (width % 2) return upper;
    const lower = graph.node('Gather', [lowest, graph.constant(int64([half - 1]))], { axis: 1 });
    return graph.node('Div', [graph.node('Add', [lower, upper]), graph.constant(float64([2], [1, 1]))]);
  },
};

/** Middle of each row, or the mean of the two in the middle. Takes no NaN. */
export function median(x: Value): Value {
  return x.width === 1 ? x : value(medianOp, null, [x], 'float64', 1);
}
