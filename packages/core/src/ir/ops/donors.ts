import type { GraphBuilder } from '../../onnx/index.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { value, type Demand, type Op, type Row, type Value } from '../value.ts';
import { numbersOf, onnxType } from './numbers.ts';

/** Rows of the training data from which missing values are taken. */
export interface Donors {
  /** [donors, columns] row-major, NaN where missing. */
  readonly rows: Float64Array;
  /** Columns of the result; each has at least one donor. */
  readonly columns: readonly number[];
  readonly neighbors: number;
  readonly weights: 'uniform' | 'distance';
  /** Neighbours that share no known column count like the others, as long as one does (scikit-learn up to 1.5). */
  readonly countsStrangers: boolean;
}

const donorsOp: Op<Donors> = {
  id: 'donors',
  evaluate(donors, [x]) {
    const row = numbersOf(x as Row);
    const distances = distancesTo(donors, row);
    return Float64Array.from(donors.columns, (column) =>
      Number.isNaN(row[column]) ? imputed(donors, distances, column) : (row[column] as number),
    );
  },
  emit(graph, donors, [x], { inputs }) {
    const width = (inputs[0] as Value).width;
    const missing = graph.node('IsNaN', [x as string]);
    const distances = emitDistances(graph, donors, x as string, missing, width);
    const columns = donors.columns.map((column) => {
      const at = graph.constant(int64([column]));
      const own = graph.node('Gather', [x as string, at], { axis: 1 });
      const isMissing = graph.node('Gather', [missing, at], { axis: 1 });
      return graph.node('Where', [isMissing, emitImputed(graph, donors, distances, column, width), own]);
    });
    return columns.length === 1 ? (columns[0] as string) : graph.node('Concat', columns, { axis: 1 });
  },
  demand({ columns }, demands, { inputs: [x] }) {
    // What a later step refuses of a number is refused where it was not missing.
    const asked: Demand[] = Array.from({ length: (x as Value).width }, () => ({}));
    columns.forEach((column, i) => (asked[column] = demands[i]?.limits ? { limits: demands[i].limits } : {}));
    return [asked];
  },
};

/**
 * Each missing value becomes the mean of the values of the nearest donors that have one (`KNNImputer`).
 *
 * Distances are Euclidean over the columns that both know, scaled up for those that either misses. Of donors at the
 * same distance the earlier one counts; where no donor shares a column, the mean of all of them.
 */
export function imputeFromDonors(x: Value, donors: Donors): Value {
  if (donors.rows.length % x.width) throw new Error(`${donors.rows.length} numbers are not rows of ${x.width} columns`);
  return value(donorsOp, donors, [x], 'float64', donors.columns.length);
}

/** Positions of the donors that have a value in a column. */
function donorsOf({ rows }: Donors, column: number, width: number): number[] {
  return Array.from({ length: rows.length / width }, (_, i) => i).filter(
    (i) => !Number.isNaN(rows[i * width + column]),
  );
}

/** Squared distances over what both know, scaled up to all columns; infinite where nothing is shared. */
function distancesTo({ rows }: Donors, row: Float64Array): Float64Array {
  const width = row.length;
  return Float64Array.from({ length: rows.length / width }, (_, i) => {
    let sum = 0;
    let shared = 0;
    for (let f = 0; f < width; f++) {
      const difference = (row[f] as number) - (rows[i * width + f] as number);
      if (Number.isNaN(difference)) continue;
      sum += difference * difference;
      shared++;
    }
    return shared ? (sum / shared) * width : Infinity;
  });
}

function imputed(donors: Donors, distances: Float64Array, column: number): number {
  const width = donors.rows.length / distances.length;
  const candidates = donorsOf(donors, column, width);
  const valueOf = (i: number): number => donors.rows[i * width + column] as number;
  const nearest = candidates
    .toSorted((a, b) => compare(distances[a] as number, distances[b] as number) || a - b)
    .slice(0, donors.neighbors);
  if (distances[nearest[0] as number] === Infinity)
    return candidates.reduce((sum, i) => sum + valueOf(i), 0) / candidates.length;
  const hasTwin = nearest.some((i) => distances[i] === 0);
  let sum = 0;
  let total = 0;
  for (const i of nearest) {
    const distance = Math.sqrt(distances[i] as number);
    let weight = donors.weights === 'uniform' ? 1 : hasTwin ? Number(distance === 0) : 1 / distance;
    if (distance === Infinity && !donors.countsStrangers) weight = 0;
    sum += valueOf(i) * weight;
    total += weight;
  }
  return sum / total;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Elements of an intermediate result per row; beyond it columns are taken in blocks, so that batches stay small. */
const MOST_ELEMENTS = 16_384;

/**
 * [N, donors] of squared distances, infinite where nothing is shared.
 *
 * Differences are taken directly: the library expands them into products, which leaves noise where two rows are alike.
 */
function emitDistances(graph: GraphBuilder, { rows }: Donors, x: string, missing: string, width: number): string {
  const count = rows.length / width;
  /** [columns, donors] of some columns. */
  const turned = (from: number, to: number, of: (cell: number) => number): Float64Array => {
    const data = new Float64Array((to - from) * count);
    for (let i = 0; i < count; i++)
      for (let f = from; f < to; f++) data[(f - from) * count + i] = of(rows[i * width + f] as number);
    return data;
  };
  const zero = graph.constant(float64([0], [1, 1, 1]));
  const block = Math.max(1, Math.floor(MOST_ELEMENTS / count));
  let sum: string | undefined;
  for (let from = 0; from < width; from += block) {
    const to = Math.min(width, from + block);
    const own = graph.node(
      'Gather',
      [x, graph.constant(int64(Array.from({ length: to - from }, (_, i) => from + i)))],
      { axis: 1 },
    );
    const across = graph.node('Reshape', [own, graph.constant(int64([-1, to - from, 1]))]);
    const difference = graph.node('Sub', [
      across,
      graph.constant(
        float64(
          turned(from, to, (cell) => cell),
          [1, to - from, count],
        ),
      ),
    ]);
    const square = graph.node('Mul', [difference, difference]);
    const known = graph.node('Where', [graph.node('IsNaN', [square]), zero, square]);
    const part = graph.node('ReduceSum', [known, graph.constant(int64([1]))], { keepdims: 0 });
    sum = sum === undefined ? part : graph.node('Add', [sum, part]);
  }
  const isKnown = graph.node('Sub', [
    graph.constant(float64([1], [1, 1])),
    graph.node('Cast', [missing], { to: onnxType.float64 }),
  ]);
  const shares = graph.constant(
    float64(
      turned(0, width, (cell) => Number(!Number.isNaN(cell))),
      [width, count],
    ),
  );
  const shared = graph.node('MatMul', [isKnown, shares]);
  const scaled = graph.node('Mul', [
    graph.node('Div', [sum as string, shared]),
    graph.constant(float64([width], [1, 1])),
  ]);
  const nothing = graph.node('Equal', [shared, graph.constant(float64([0], [1, 1]))]);
  return graph.node('Where', [nothing, graph.constant(float64([Infinity], [1, 1])), scaled]);
}

/** [N, 1]: what a missing value of the column becomes. */
function emitImputed(graph: GraphBuilder, donors: Donors, distances: string, column: number, width: number): string {
  const candidates = donorsOf(donors, column, width);
  const values = candidates.map((i) => donors.rows[i * width + column] as number);
  const neighbors = Math.min(donors.neighbors, candidates.length);
  const infinity = graph.constant(float64([Infinity], [1, 1]));
  const zero = graph.constant(float64([0], [1, 1]));
  const one = graph.constant(float64([1], [1, 1]));
  const own = graph.node('Gather', [distances, graph.constant(int64(candidates))], { axis: 1 });
  const [nearest = '', at = ''] = graph.nodes(
    'TopK',
    [own, graph.constant(int64([neighbors]))],
    { axis: 1, largest: 0, sorted: 1 },
    { outputs: 2 },
  );
  const isStranger = graph.node('Equal', [nearest, infinity]);
  let weights = graph.node('Where', [
    isStranger,
    donors.countsStrangers && donors.weights === 'uniform' ? one : zero,
    one,
  ]);
  if (donors.weights === 'distance') {
    const isTwin = graph.node('Cast', [graph.node('Equal', [nearest, zero])], { to: onnxType.float64 });
    const hasTwin = graph.node('Equal', [graph.node('ReduceMax', [isTwin], { axes: [1], keepdims: 1 }), one]);
    weights = graph.node('Where', [hasTwin, isTwin, graph.node('Div', [one, graph.node('Sqrt', [nearest])])]);
  }
  const given = graph.node('Gather', [graph.constant(float64(values)), at], { axis: 0 });
  const sum = graph.node('ReduceSum', [graph.node('Mul', [given, weights]), graph.constant(int64([1]))], {
    keepdims: 1,
  });
  const total = graph.node('ReduceSum', [weights, graph.constant(int64([1]))], { keepdims: 1 });
  const mean = values.reduce((part, cell) => part + cell, 0) / values.length;
  const nobody = graph.node('Equal', [graph.node('ReduceMin', [nearest], { axes: [1], keepdims: 1 }), infinity]);
  return graph.node('Where', [nobody, graph.constant(float64([mean], [1, 1])), graph.node('Div', [sum, total])]);
}
