import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { asNumber, itemsOf, numbersOf, type Fitted } from '../fitted.ts';
import {
  asFloat32,
  ensembleOf,
  estimatorsOf,
  onColumns,
  readTree,
  treeInput,
  withLeaves,
  type FittedTree,
} from '../tree/tree.ts';
import { columnsOf } from './columns.ts';

/**
 * How early random splits isolate a row: −2^(−depth / c), where depth is summed over the trees and c is the depth that
 * is expected for the training sample. The decision is that minus `offset_`; below zero is an outlier.
 */
export const isolationForest: Converter = {
  types: ['sklearn.ensemble._iforest.IsolationForest'],
  became: 'path lengths at the leaves, summed; power of two',
  exactness: '1e-12',
  state: (fitted) => `${fitted.list('estimators_').length} trees`,
  columns: columnsOf,

  predict(fitted, input, context) {
    const members = estimatorsOf(fitted);
    const subsets = fitted.list('estimators_features_');
    const used = asNumber(fitted.raw('_max_features')) ?? input.width;
    const trees = members.map((member, t) => {
      const tree = withPathLengths(readTree(context.fitted(member, `estimators_.${t}`), context), fitted, t);
      if (used === input.width) return tree;
      const columns = numbersOf(subsets[t])?.data;
      if (!columns) throw fitted.wrong('estimators_features_', 'columns of each tree');
      return onColumns(tree, columns);
    });
    // From 1.6 on nothing is refused: NaN takes the way that the trees remember, infinity is a number.
    const x = fitted.since(1, 6) ? asFloat32(input.numbers()) : treeInput(input, false);
    const depths = ops.forest(x, ensembleOf(trees, input.width));
    const expected = trees.length * averagePathLength(fitted.number('_max_samples', fitted.number('max_samples_')));
    // A forest of a single row has no expectation, and calls everything equally normal.
    const ratio = expected === 0 ? ops.repeat([1], depths) : ops.divide(depths, expected);
    const samples = ops.negate(ops.power(ops.constant([2]), ops.negate(ratio)));
    const distance = ops.subtract(samples, fitted.number('offset_'));
    const score = ops.where(ops.lessOrEqual(ops.absolute(distance), ROUNDING), 0, distance);
    const label = ops.where(ops.less(score, 0), ops.constant([-1], 'int64'), ops.constant([1], 'int64'));
    return { kind: 'outlier', label, score, samples };
  },
};

/**
 * `contamination` puts the offset on the score of a training row, and NumPy's powers of two differ in the last bit from one
 * processor to the next: so near to it a row is on it, and normal. Sums of depths lie much farther apart.
 */
const ROUNDING = 2 ** -50;

/** Leaves hold nodes on the way to them + expected depth of what is left there − 1; both are stored from 1.3 on. */
function withPathLengths(tree: FittedTree, fitted: Fitted, t: number): FittedTree {
  const stored = (name: string): Float64Array | undefined => numbersOf(itemsOf(fitted.raw(name))?.[t])?.data;
  const depths = stored('_decision_path_lengths') ?? depthsOf(tree);
  const rest = stored('_average_path_length_per_tree') ?? Float64Array.from(tree.nodeSamples, averagePathLength);
  return withLeaves(tree, 1, (node, out, at) => (out[at] = (depths[node] as number) + (rest[node] as number) - 1));
}

/** Nodes from the root to each node, both counted. Node tables list parents before their children. */
function depthsOf({ left, right, feature }: FittedTree): Float64Array {
  const depths = new Float64Array(feature.length).fill(1);
  for (let node = 0; node < depths.length; node++) {
    for (const child of [left[node] as number, right[node] as number]) {
      if (child > node && child < depths.length) depths[child] = (depths[node] as number) + 1;
    }
  }
  return depths;
}

const EULER_GAMMA = 0.5772156649015329;

/** Expected depth of an unsuccessful search in a random tree of n rows. */
function averagePathLength(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER_GAMMA) - (2 * (n - 1)) / n;
}
