import type { GraphBuilder } from '../../onnx/index.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { value, type Op, type Value } from '../value.ts';
import { numbersOf } from './numbers.ts';

/** How one feature's difference d counts, and how the features come together. */
export type Comparison =
  | { readonly kind: 'squares' } // Σ d²
  | { readonly kind: 'absolutes' } // Σ |d|
  | { readonly kind: 'powers'; readonly exponent: number } // Σ |d|^exponent
  | { readonly kind: 'largest' }; // max |d|

export interface CompareOptions {
  /** Each term is divided by these: one per feature, or one per point and feature. */
  readonly divisors?: Float64Array | undefined;
  /** The points are the lower corners of boxes, these the upper ones: a difference is how far x lies outside. */
  readonly upper?: Float64Array | undefined;
  /** Many squares may be expanded into a matrix product: some digits of the smallest distances are lost. */
  readonly isRough?: boolean | undefined;
}

interface Compared extends CompareOptions {
  /** [points, features], row-major. */
  readonly points: Float64Array;
  readonly comparison: Comparison;
}

/** Elements of an intermediate result per row; beyond it features are taken in blocks, so that batches stay small. */
const MOST_ELEMENTS = 16_384;
/** From so many features on, squares of many points are always expanded into a matrix product. */
const MANY_FEATURES = 96;
/** So many features are taken one by one where they cannot be taken at once. */
const MOST_SINGLE = 128;
/** From so many coordinates on, rough squares are. */
const MANY_COORDINATES = 4096;

const compareOp: Op<Compared> = {
  id: 'compare',
  evaluate({ points, comparison, divisors, upper }, [x], { width }) {
    const row = numbersOf(x as Float64Array);
    const term = termOf(comparison);
    return Float64Array.from({ length: width }, (_, m) => {
      let total = 0;
      for (let f = 0; f < row.length; f++) {
        const at = m * row.length + f;
        const difference = (row[f] as number) - (points[at] as number);
        const own = term(upper ? Math.max(-difference, (row[f] as number) - (upper[at] as number), 0) : difference);
        const part = divisors ? own / (divisors[divisors.length === row.length ? f : at] as number) : own;
        total = comparison.kind === 'largest' ? Math.max(total, part) : total + part;
      }
      return total;
    });
  },
  emit(graph, params, [x], { width, inputs }) {
    const features = (inputs[0] as Value).width;
    const isExpandable = params.comparison.kind === 'squares' && !params.divisors && !params.upper;
    const most = isExpandable && params.isRough ? MANY_COORDINATES : MOST_ELEMENTS;
    if (width * features <= most)
      return emitBlock(graph, params, x as string, { width, features, from: 0, to: features });
    if (isExpandable && (params.isRough || features >= MANY_FEATURES)) {
      return emitExpanded(graph, params.points, x as string, width, features);
    }
    // One feature at a time keeps the order of the additions; for very many features that would be too many nodes.
    const size = features <= MOST_SINGLE ? 1 : Math.max(1, Math.floor(MOST_ELEMENTS / width));
    const join = params.comparison.kind === 'largest' ? 'Max' : 'Add';
    let total: string | undefined;
    for (let from = 0; from < features; from += size) {
      const part = emitBlock(graph, params, x as string, {
        width,
        features,
        from,
        to: Math.min(features, from + size),
      });
      total = total === undefined ? part : graph.node(join, [total, part]);
    }
    return total as string;
  },
};

function termOf(comparison: Comparison): (d: number) => number {
  if (comparison.kind === 'squares') return (d) => d * d;
  if (comparison.kind === 'powers') return (d) => Math.abs(d) ** comparison.exponent;
  return Math.abs;
}

/** Features `from` to `to` of all points. */
interface Block {
  readonly width: number;
  readonly features: number;
  readonly from: number;
  readonly to: number;
}

/** [N, features, 1] − [1, features, points]: reducing the middle axis adds feature by feature, in order. */
function emitBlock(
  graph: GraphBuilder,
  { points, comparison, divisors, upper }: Compared,
  x: string,
  block: Block,
): string {
  const { width, features, from, to } = block;
  const count = to - from;
  const indices = int64(Array.from({ length: count }, (_, i) => from + i));
  const own = count === features ? x : graph.node('Gather', [x, graph.constant(indices)], { axis: 1 });
  const rows = count === 1 ? own : graph.node('Reshape', [own, graph.constant(int64([-1, count, 1]))]);
  const shapeOf = (last: number): number[] => (count === 1 ? [1, last] : [1, count, last]);
  const corner = (corners: Float64Array): string => graph.constant(float64(columns(corners, block), shapeOf(width)));
  const difference = upper
    ? graph.node('Max', [
        graph.node('Sub', [corner(points), rows]),
        graph.node('Sub', [rows, corner(upper)]),
        graph.constant(float64([0], [])),
      ])
    : graph.node('Sub', [rows, corner(points)]);
  let term = emitTerm(graph, comparison, difference);
  if (divisors) {
    const isPerFeature = divisors.length === features;
    const data = isPerFeature ? divisors.slice(from, to) : columns(divisors, block);
    term = graph.node('Div', [term, graph.constant(float64(data, shapeOf(isPerFeature ? 1 : width)))]);
  }
  if (count === 1) return term;
  if (comparison.kind === 'largest') return graph.node('ReduceMax', [term], { axes: [1], keepdims: 0 });
  return graph.node('ReduceSum', [term, graph.constant(int64([1]))], { keepdims: 0 });
}

function emitTerm(graph: GraphBuilder, comparison: Comparison, difference: string): string {
  if (comparison.kind === 'squares') return graph.node('Mul', [difference, difference]);
  const size = graph.node('Abs', [difference]);
  if (comparison.kind !== 'powers') return size;
  return graph.node('Pow', [size, graph.constant(float64([comparison.exponent], []))]);
}

/** Some columns of [points, features], as [columns, points]. */
function columns(matrix: Float64Array, { width, features, from, to }: Block): Float64Array {
  const result = new Float64Array((to - from) * width);
  for (let f = from; f < to; f++) {
    for (let m = 0; m < width; m++) result[(f - from) * width + m] = matrix[m * features + f] as number;
  }
  return result;
}

function emitExpanded(graph: GraphBuilder, points: Float64Array, x: string, width: number, features: number): string {
  const { approximate } = centred(graph, points, x, width, features);
  return graph.node('Max', [approximate, graph.constant(float64([0], [1, 1]))]);
}

/**
 * ‖x‖² − 2 x·p + ‖p‖² by a matrix product, around the middle of the points: far from the origin little would be left of
 * it otherwise. It may be slightly negative. Also ‖x‖² [N, 1] and the largest ‖p‖², which bound its error.
 */
export function centred(graph: GraphBuilder, points: Float64Array, x: string, width: number, features: number) {
  const centre = new Float64Array(features);
  for (let i = 0; i < points.length; i++) {
    centre[i % features] = (centre[i % features] as number) + (points[i] as number) / width;
  }
  const doubled = new Float64Array(points.length);
  const squares = new Float64Array(width);
  for (let m = 0; m < width; m++) {
    for (let f = 0; f < features; f++) {
      const p = (points[m * features + f] as number) - (centre[f] as number);
      doubled[f * width + m] = -2 * p;
      squares[m] = (squares[m] as number) + p * p;
    }
  }
  const own = graph.node('Sub', [x, graph.constant(float64(centre, [1, features]))]);
  const product = graph.node('Gemm', [
    own,
    graph.constant(float64(doubled, [features, width])),
    graph.constant(float64(squares, [1, width])),
  ]);
  const norm = graph.node('ReduceSumSquare', [own], { axes: [1], keepdims: 1 });
  return {
    approximate: graph.node('Add', [product, norm]),
    norm,
    largestNorm: squares.reduce((top, own_) => Math.max(top, own_), 0),
  };
}

/**
 * Each row compared with each point `[points, features]`: one number per point, terms added in the order of the features.
 *
 * A distance is the root of it where the metric has one. Differences are taken directly, so that near points stay exact;
 * only squares over very many features of many points are expanded.
 */
export function compare(x: Value, points: Float64Array, comparison: Comparison, options: CompareOptions = {}): Value {
  if (!x.width || points.length % x.width)
    throw new Error(`${points.length} numbers are no points of ${x.width} features`);
  return value(compareOp, { points, comparison, ...options }, [x], 'float64', points.length / x.width);
}
