import { emitHeapSelection, GraphBuilder } from '../../onnx/index.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { centred } from './comparison.ts';
import { emitLazily } from './lazy.ts';
import { onnxType } from './numbers.ts';
import { emitVisits } from './search-order.ts';
import type { Search } from './search.ts';

/** From so many coordinates on, a matrix product rules most points out before distances are taken exactly. */
const MANY_COORDINATES = 4096;
/** Points that are looked at exactly beyond those that are asked for. */
const SPARE = 16;

/** Positions [N, count] where that is certain, and the rows for which it is not: bool [N]. */
interface Plain {
  readonly positions: string;
  readonly isUncertain: string | undefined;
}

/** `all` are the distances to all points, where they are there already. */
export function emitSearch(graph: GraphBuilder, search: Search, x: string, all: string | undefined): string {
  const { points, distances, count } = search;
  const total = distances.width;
  const isLarge = points !== undefined && points.length > MANY_COORDINATES && total > 4 * (count + SPARE);
  const { positions, isUncertain } = isLarge
    ? byProduct(graph, search, points, x)
    : byDistances(graph, search, all ?? emitLazily(graph, distances, search.x, x));
  if (isUncertain === undefined) return positions;
  const keep = new GraphBuilder({}, graph);
  keep.output('certain', positions, 'int64', ['N', count]);
  const again = new GraphBuilder({}, graph);
  again.output('searched', emitAgain(again, search, x, positions, isUncertain), 'int64', ['N', count]);
  const any = graph.node('ReduceMax', [graph.node('Cast', [isUncertain], { to: onnxType.int64 })], { keepdims: 0 });
  const branches = { then_branch: { graph: again.subgraph() }, else_branch: { graph: keep.subgraph() } };
  return graph.node('If', [graph.node('Cast', [any], { to: onnxType.bool })], branches);
}

/** By all distances; uncertain where the first that is left out is as near as the last that is taken. */
function byDistances(graph: GraphBuilder, search: Search, all: string): Plain {
  const { count, usesHeap, distances } = search;
  const most = usesHeap ? Math.min(count + 1, distances.width) : count;
  const [values, order] = lowest(graph, all, most);
  if (most === count) return { positions: order, isUncertain: undefined };
  const isTied = graph.node('Equal', [column(graph, values, count - 1), column(graph, values, count)]);
  return { positions: firstOf(graph, order, count), isUncertain: flat(graph, isTied) };
}

/**
 * By ‖x‖² − 2 x·p + ‖p‖² around the middle of the points, then exactly among the nearest by that. Uncertain where they
 * tie, or where a point left out could be nearer than the error of the product.
 */
function byProduct(
  graph: GraphBuilder,
  { count, usesHeap, distances }: Search,
  points: Float64Array,
  x: string,
): Plain {
  const total = distances.width;
  const features = points.length / total;
  const { norm, approximate, largestNorm } = centred(graph, points, x, total, features);
  const [rough, ids] = lowest(graph, approximate, count + SPARE);
  const found = graph.node('Gather', [graph.constant(float64(points, [total, features])), ids], { axis: 0 });
  // Features in the middle: reducing that axis adds them in their order, as the library's loops do.
  const turned = graph.node('Transpose', [found], { perm: [0, 2, 1] });
  const difference = graph.node('Sub', [graph.node('Unsqueeze', [x, graph.constant(int64([2]))]), turned]);
  const squares = graph.node('ReduceSum', [graph.node('Mul', [difference, difference]), graph.constant(int64([1]))], {
    keepdims: 0,
  });
  const [values, order] = lowest(graph, squares, count + 1);
  const positions = graph.node('GatherElements', [ids, firstOf(graph, order, count)], { axis: 1 });
  const last = column(graph, values, count - 1);
  const size = graph.node('Add', [norm, graph.constant(float64([largestNorm], [1, 1]))]);
  const error = graph.node('Mul', [size, graph.constant(float64([8 * (features + 8) * Number.EPSILON], [1, 1]))]);
  const limit = graph.node('Sub', [column(graph, rough, count + SPARE - 1), error]);
  const isSafe = graph.node('Less', [last, limit]);
  const isPlain = usesHeap
    ? graph.node('And', [isSafe, graph.node('Less', [last, column(graph, values, count)])])
    : isSafe;
  return { positions, isUncertain: flat(graph, graph.node('Not', [isPlain])) };
}

/** The rows that are not certain, searched as the library does, and put back among the others. */
function emitAgain(graph: GraphBuilder, search: Search, x: string, positions: string, isUncertain: string): string {
  const { count, usesHeap, tree, distances, bounds } = search;
  const total = distances.width;
  const some = graph.node('Compress', [x, isUncertain], { axis: 0 });
  const all = emitLazily(graph, distances, search.x, some);
  const places = graph.node('Transpose', [graph.node('NonZero', [isUncertain])], { perm: [1, 0] });
  if (!usesHeap) return graph.node('ScatterND', [positions, places, lowest(graph, all, count)[1]]);
  const visited = tree && bounds ? emitVisits(graph, tree, all, emitLazily(graph, bounds, search.x, some)) : undefined;
  const flags = graph.node('Compress', [isUncertain, isUncertain], { axis: 0 }); // all true
  const none = graph.node('Cast', [graph.node('Not', [flags])], { to: onnxType.float64 });
  const zero = graph.node('Unsqueeze', [none, graph.constant(int64([1]))]);
  const searched = emitHeapSelection(graph, {
    distances: visited?.distances ?? all,
    ids: visited?.ids,
    zero,
    count,
    total,
  });
  return graph.node('ScatterND', [positions, places, searched]);
}

function lowest(graph: GraphBuilder, x: string, count: number): [values: string, positions: string] {
  const options = { axis: 1, largest: 0, sorted: 1 };
  return graph.nodes('TopK', [x, graph.constant(int64([count]))], options, { outputs: 2 }) as [string, string];
}

function column(graph: GraphBuilder, x: string, at: number): string {
  return graph.node('Gather', [x, graph.constant(int64([at]))], { axis: 1 });
}

function firstOf(graph: GraphBuilder, x: string, count: number): string {
  return graph.node('Gather', [x, graph.constant(int64(Array.from({ length: count }, (_, i) => i)))], { axis: 1 });
}

/** [N, 1] → [N] */
function flat(graph: GraphBuilder, x: string): string {
  return graph.node('Squeeze', [x, graph.constant(int64([1]))]);
}
