import { ops } from '../../ir/index.ts';
import type { Converter } from '../sklearn/converter.ts';
import { numbersOf, unwrap, type Fitted } from '../sklearn/fitted.ts';
import { nextAbove } from '../sklearn/next-above.ts';
import { checked } from '../sklearn/linear/scores.ts';
import { detected } from './detector.ts';

/** HBOS: how rare the bin of each column is, the columns added. A value just outside belongs to the bin at the edge. */
export const histogram: Converter = {
  types: ['pyod.models.hbos.HBOS'],
  became: 'search among bin edges, a table of logarithms',
  exactness: '1e-12',
  columns: (fitted) => ({ names: undefined, count: binsOf(fitted).length, text: false }),

  predict(fitted, input) {
    const bins = binsOf(fitted);
    if (bins.length !== input.width) throw fitted.wrong('hist_', `histograms of ${input.width} columns`);
    const alpha = fitted.number('alpha');
    const tolerance = fitted.number('tol');
    const steps = bins.map((own) => stepsOf(own, alpha, tolerance));
    const scores = ops.stepRows(checked(input.numbers()), steps, 1);
    return detected(fitted, ops.negate(ops.sum(scores)));
  },
};

interface Histogram {
  readonly edges: Float64Array;
  readonly densities: Float64Array;
}

/** `hist_` and `bin_edges_`: matrices with a column for each feature, or with `n_bins="auto"` lists. */
function binsOf(fitted: Fitted): Histogram[] {
  const isAuto = typeof unwrap(fitted.raw('n_bins')) === 'string';
  const of = (name: string): Float64Array[] => {
    if (isAuto) return fitted.list(name).map((own) => numbersOf(own)?.data ?? new Float64Array());
    const { shape, data } = fitted.array(name);
    const [, width = 0] = shape;
    return Array.from({ length: width }, (_, column) => data.filter((_own, i) => i % width === column));
  };
  const edges = of('bin_edges_');
  const densities = of('hist_');
  return densities.map((own, column) => {
    const all = edges[column];
    if (!own.length || all?.length !== own.length + 1) throw fitted.wrong('bin_edges_', 'an edge more than bins');
    return { edges: all, densities: own };
  });
}

/** Bins are open below and closed above; outside, the score of the nearest bin up to a share of its width, then the least. */
function stepsOf({ edges, densities }: Histogram, alpha: number, tolerance: number) {
  const scores = Array.from(densities, (own) => Math.log2(own + alpha));
  const least = Math.min(...scores);
  const edge = (at: number): number => edges.at(at) as number;
  const below = (edge(1) - edge(0)) * tolerance;
  const above = (edge(-1) - edge(-2)) * tolerance;
  const from = firstWhere((x) => edge(0) - x <= below, edge(0) - below);
  const to = firstWhere((x) => x - edge(-1) > above, edge(-1) + above);
  const inner = Array.from(edges.subarray(1, -1), nextAbove);
  return {
    edges: [from, ...inner, to],
    rows: [least, ...scores, least],
  };
}

/** Differences of two numbers are rounded once: a threshold of them lies this many numbers away at most. */
const NEAR = 64;

/** The least number for which a rising condition holds, close to `near`. */
function firstWhere(holds: (x: number) => boolean, near: number): number {
  let x = near;
  for (let step = 0; step < NEAR && !holds(x); step++) x = nextAbove(x);
  for (let step = 0; step < NEAR && holds(-nextAbove(-x)); step++) x = -nextAbove(-x);
  return x;
}
