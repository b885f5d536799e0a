import type { GraphBuilder } from '../../onnx/index.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { value, type Op, type Value } from '../value.ts';
import { numbersOf } from './numbers.ts';

const lowerSolveOp: Op<Float64Array> = {
  id: 'lowerSolve',
  evaluate(lower, [x], { width }) {
    const row = numbersOf(x as Float64Array);
    const result = new Float64Array(width);
    for (let i = 0; i < width; i++) {
      let rest = row[i] as number;
      for (let j = 0; j < i; j++) rest -= (lower[i * width + j] as number) * (result[j] as number);
      result[i] = rest / (lower[i * width + i] as number);
    }
    return result;
  },
  emit: (graph, lower, [x], { width }) => solved(graph, lower, width, x as string, [0, width]),
};

/**
 * The part `[from, to)` of the solution, given the same part of x less what the parts before explain: in halves, so
 * that products are large and little is joined.
 */
function solved(graph: GraphBuilder, lower: Float64Array, width: number, rest: string, [from, to]: Range): string {
  if (to - from <= smallest) return graph.node('Gemm', [rest, inverse(graph, lower, width, from, to)]);
  const middle = from + smallest * Math.ceil((to - from) / smallest / 2);
  const part = (start: number, end: number) =>
    graph.node(
      'Gather',
      [rest, graph.constant(int64(Array.from({ length: end - start }, (_, i) => start - from + i)))],
      {
        axis: 1,
      },
    );
  const upper = solved(graph, lower, width, part(from, middle), [from, middle]);
  const explained = graph.node('Gemm', [upper, block(graph, lower, width, [middle, to], [from, middle])]);
  const left = graph.node('Sub', [part(middle, to), explained]);
  return graph.node('Concat', [upper, solved(graph, lower, width, left, [middle, to])], { axis: 1 });
}

/** Rows that are solved by an inverse: so few that inverting loses nothing that solving would keep. */
const smallest = 8;

type Range = readonly [from: number, to: number];

/** Rows and columns of L, transposed: what rows of solutions are multiplied with. */
function block(
  graph: GraphBuilder,
  lower: Float64Array,
  width: number,
  [top, bottom]: Range,
  [left, right]: Range,
): string {
  const rows = bottom - top;
  const data = new Float64Array(rows * (right - left));
  for (let i = top; i < bottom; i++) {
    for (let j = left; j < right; j++) data[(j - left) * rows + (i - top)] = lower[i * width + j] as number;
  }
  return graph.constant(float64(data, [right - left, rows]));
}

/** Inverse of a small diagonal block of L, transposed. Small, so that inverting loses nothing that solving would keep. */
function inverse(graph: GraphBuilder, lower: Float64Array, width: number, from: number, to: number): string {
  const size = to - from;
  const data = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    for (let i = column; i < size; i++) {
      let rest = i === column ? 1 : 0;
      for (let j = column; j < i; j++)
        rest -= (lower[(from + i) * width + from + j] as number) * (data[column * size + j] as number);
      data[column * size + i] = rest / (lower[(from + i) * width + from + i] as number);
    }
  }
  return graph.constant(float64(data, [size, size]));
}

/** v of L v = x for each row x, where L `[width, width]` is lower triangular: forward substitution, in blocks. */
export function lowerSolve(x: Value, lower: Float64Array): Value {
  if (lower.length !== x.width ** 2) throw new Error(`${lower.length} numbers are no matrix for ${x.width} columns`);
  return value(lowerSolveOp, lower, [x], 'float64', x.width);
}
