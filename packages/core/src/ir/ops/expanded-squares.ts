import { float64 } from '../../tensor/index.ts';
import { value, type Op, type Value } from '../value.ts';
import { blasNorm, emitBlasNorm } from './blas-norm.ts';
import { fused } from './fused.ts';
import { numbersOf } from './numbers.ts';

interface Expanded {
  /** [points, features], row-major. */
  readonly points: Float64Array;
  /** ‖p‖² of each point. */
  readonly norms: Float64Array;
}

const expandedSquaresOp: Op<Expanded> = {
  id: 'expandedSquares',
  evaluate({ points, norms }, [x]) {
    const row = numbersOf(x as Float64Array);
    const own = blasNorm(row);
    return norms.map((norm, m) => {
      let product = 0;
      for (let f = 0; f < row.length; f++) {
        product = fused(row[f] as number, points[m * row.length + f] as number, product);
      }
      return Math.max(0, own + -2 * product + norm);
    });
  },
  emit(graph, { points, norms }, [x], { width, inputs }) {
    const features = (inputs[0] as Value).width;
    const doubled = new Float64Array(points.length);
    for (let i = 0; i < points.length; i++) {
      doubled[(i % features) * width + Math.floor(i / features)] = -2 * (points[i] as number);
    }
    const product = graph.node('Gemm', [x as string, graph.constant(float64(doubled, [features, width]))]);
    const sum = graph.node('Add', [emitBlasNorm(graph, x as string, features), product]);
    const total = graph.node('Add', [sum, graph.constant(float64(norms, [1, width]))]);
    return graph.node('Max', [total, graph.constant(float64([0], [1, 1]))]);
  },
};

/**
 * Squared distances as scikit-learn's brute force takes them: ‖x‖² − 2 x·p + ‖p‖², never below 0, to the last bit.
 *
 * Far from the points this loses what tells them apart, and at a point it may give 1e-15 instead of 0: neighbours and
 * weights that follow from it must come from the same bits.
 */
export function expandedSquares(x: Value, points: Float64Array): Value {
  const width = x.width;
  const norms = Float64Array.from({ length: points.length / width }, (_, m) =>
    blasNorm(points.subarray(m * width, (m + 1) * width)),
  );
  return value(expandedSquaresOp, { points, norms }, [x], 'float64', norms.length);
}
