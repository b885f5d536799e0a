import { joinTrees, type TreeTable } from '../trees.ts';
import type { Value } from '../value.ts';
import { select } from './columns.ts';
import { add, multiply, subtract } from './numbers.ts';
import { eachTree } from './trees.ts';

/** A table whose row is found by a number: row k, where k counts the edges that are not above the number. */
export interface Steps {
  /** In ascending order. */
  readonly edges: ArrayLike<number>;
  /** `edges.length + 1` rows of `outputs` numbers. */
  readonly rows: ArrayLike<number>;
}

/**
 * For each column its row of its own table, side by side: `[N, columns · outputs]`. NaN finds the last row.
 *
 * Each table is a balanced search tree, so a thousand edges cost ten comparisons.
 */
export function stepRows(x: Value, columns: readonly Steps[], outputs: number): Value {
  if (columns.length !== x.width) throw new Error(`${columns.length} tables for ${x.width} columns`);
  const trees = columns.map((steps, feature) => searchTree(steps, feature, outputs));
  return eachTree(x, joinTrees(trees, outputs, x.width, '<'));
}

function searchTree({ edges, rows }: Steps, column: number, outputs: number): TreeTable {
  const nodes = 2 * edges.length + 1;
  const feature = new Int32Array(nodes);
  const threshold = new Float64Array(nodes);
  const left = new Int32Array(nodes).fill(-1);
  const right = new Int32Array(nodes).fill(-1);
  const values = new Float64Array(nodes * outputs);
  let next = 0;
  const build = (from: number, to: number): number => {
    const node = next++;
    if (from === to) {
      for (let k = 0; k < outputs; k++) values[node * outputs + k] = rows[from * outputs + k] as number;
      return node;
    }
    const middle = (from + to) >> 1;
    feature[node] = column;
    threshold[node] = edges[middle] as number;
    left[node] = build(from, middle);
    right[node] = build(middle + 1, to);
    return node;
  };
  build(0, edges.length);
  return { feature, threshold, left, right, values };
}

/** Points of a function that is linear between them. */
export interface Knots {
  /** In ascending order; repeated points are allowed. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/**
 * Piecewise linear functions, one a column, as `numpy.interp` computes them: slope · (x − x_left) + y_left between two
 * points, the first or last y outside, of repeated points the last. NaN stays NaN.
 */
export function interpolate(x: Value, columns: readonly Knots[]): Value {
  const lines = stepRows(x, columns.map(linesOf), 3);
  const part = (at: number): Value =>
    select(
      lines,
      columns.map((_, column) => column * 3 + at),
    );
  return add(multiply(part(1), subtract(x, part(0))), part(2));
}

/** Rows of (x_left, slope, y_left). */
function linesOf({ x, y }: Knots): Steps {
  const last = x.length - 1;
  const rows = new Float64Array((x.length + 1) * 3);
  rows[2] = y[0] as number;
  for (let k = 0; k < last; k++) {
    rows[(k + 1) * 3] = x[k] as number;
    rows[(k + 1) * 3 + 1] = ((y[k + 1] as number) - (y[k] as number)) / ((x[k + 1] as number) - (x[k] as number));
    rows[(k + 1) * 3 + 2] = y[k] as number;
  }
  rows[(last + 1) * 3 + 2] = y[last] as number;
  // Between equal points no number lies: their rows are never found, and hold no infinite slope.
  for (let i = 1; i < rows.length; i += 3) if (!Number.isFinite(rows[i])) rows[i] = 0;
  return { edges: x, rows };
}
