import type { GraphBuilder } from '../../onnx/index.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { fused, SPLIT } from './fused.ts';

/** OpenBLAS adds up a dot product in so many places, and what is left over one by one (ddot on x86-64 with AVX2). */
const PLACES = 16;
/** Beyond, products are not bit-equal to the library's anyway, and this order would take too many nodes. */
const MOST_FEATURES = 128;

/** Which places are added to which, down to one. */
const ROUNDS: readonly (readonly [first: readonly number[], second: readonly number[]])[] = [
  [
    [0, 1, 4, 5, 8, 9, 12, 13],
    [2, 3, 6, 7, 10, 11, 14, 15],
  ],
  [
    [0, 1, 4, 5],
    [2, 3, 6, 7],
  ],
  [
    [0, 1],
    [2, 3],
  ],
  [[0], [1]],
];

/** ‖x‖² with OpenBLAS's order of additions, from which scikit-learn's brute force takes squared distances. */
export function blasNorm(x: ArrayLike<number>): number {
  const blocks = x.length > MOST_FEATURES ? 0 : Math.floor(x.length / PLACES);
  let total = 0;
  if (blocks) {
    let places = Array.from({ length: PLACES }, (_, i) => (x[i] as number) ** 2);
    for (let b = 1; b < blocks; b++) {
      places = places.map((sum, i) => fused(x[b * PLACES + i] as number, x[b * PLACES + i] as number, sum));
    }
    for (const [first, second] of ROUNDS) {
      places = first.map((at, i) => (places[at] as number) + (places[second[i] as number] as number));
    }
    total = places[0] as number;
  }
  for (let i = blocks * PLACES; i < x.length; i++) total += (x[i] as number) ** 2;
  return total;
}

/** Nodes for {@link blasNorm} of each row: [N, features] → [N, 1]. */
export function emitBlasNorm(graph: GraphBuilder, x: string, features: number): string {
  const blocks = features > MOST_FEATURES ? 0 : Math.floor(features / PLACES);
  const squares = graph.node('Mul', [x, x]);
  if (!blocks) return inOrder(graph, squares, features);
  const block = (value: string, b: number): string => columns(graph, value, range(b * PLACES, (b + 1) * PLACES));
  let places = block(squares, 0);
  for (let b = 1; b < blocks; b++) places = emitFusedSquare(graph, block(x, b), block(squares, b), places);
  for (const [first, second] of ROUNDS) {
    places = graph.node('Add', [columns(graph, places, first), columns(graph, places, second)]);
  }
  const rest = features - blocks * PLACES;
  if (!rest) return places;
  const tail = columns(graph, squares, range(blocks * PLACES, features));
  return inOrder(graph, graph.node('Concat', [places, tail], { axis: 1 }), rest + 1);
}

/** x · x + sum rounded once, where `square` is x · x rounded. */
function emitFusedSquare(graph: GraphBuilder, x: string, square: string, sum: string): string {
  const node = (op: string, ...inputs: string[]): string => graph.node(op, inputs);
  const scaled = node('Mul', x, graph.constant(float64([SPLIT], [1, 1])));
  const high = node('Sub', scaled, node('Sub', scaled, x));
  const low = node('Sub', x, high);
  const cross = node('Mul', high, low);
  const error = node(
    'Add',
    node('Add', node('Add', node('Sub', node('Mul', high, high), square), cross), cross),
    node('Mul', low, low),
  );
  const total = node('Add', square, sum);
  const part = node('Sub', total, square);
  const rest = node('Add', node('Add', node('Sub', square, node('Sub', total, part)), node('Sub', sum, part)), error);
  return node('Add', total, rest);
}

/** Sum of each row in the order of its columns: twice side by side, because only a middle axis is added in order. */
function inOrder(graph: GraphBuilder, x: string, width: number): string {
  const cells = graph.node('Reshape', [x, graph.constant(int64([-1, width, 1]))]);
  const twice = graph.node('Mul', [cells, graph.constant(float64([1, 1], [1, 1, 2]))]);
  const sums = graph.node('ReduceSum', [twice, graph.constant(int64([1]))], { keepdims: 0 });
  return columns(graph, sums, [0]);
}

function columns(graph: GraphBuilder, x: string, indices: readonly number[]): string {
  return graph.node('Gather', [x, graph.constant(int64(indices))], { axis: 1 });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
