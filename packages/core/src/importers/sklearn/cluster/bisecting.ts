import { joinTrees, ops, type TreeTable } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { asNumber, numbersOf, PyObject, type Fitted } from '../fitted.ts';
import { centresOf, describe, distanceFeatures, distancesTo } from './centres.ts';

/** k-means that halves clusters: a row goes down the tree of halvings, each time to the nearer of two centres. */
export const bisectingKMeans: Converter = {
  types: ['sklearn.cluster._bisect_k_means.BisectingKMeans'],
  became: 'nearer of two centres at each node of a tree',
  exactness: '1e-12',
  state: describe,
  transform: distanceFeatures,

  predict(fitted, input) {
    const { x, centres } = centresOf(fitted, input);
    const { table, lines, offsets } = read(fitted, x.width);
    // Right where ‖r‖² − 2 x·r is below ‖l‖² − 2 x·l, as k-means labels.
    const nodes = lines.length / 2;
    if (!nodes)
      throw fitted.unsupported(
        'a single cluster',
        'Train with n_clusters of 2 or more.',
        'every row gets the same label',
      );
    const scores = ops.linear(x, Float64Array.from(lines.flatMap((line) => [...line])), Float64Array.from(offsets));
    const of = (side: 0 | 1) =>
      ops.select(
        scores,
        Array.from({ length: nodes }, (_, i) => 2 * i + side),
      );
    const goesRight = ops.cast(ops.less(of(1), of(0)), 'float64');
    const label = ops.cast(ops.forest(goesRight, joinTrees([table], 1, nodes, '<=')), 'int64');
    return { kind: 'clusterer', label, distances: distancesTo(x, centres) };
  },
};

interface Halvings {
  /** Feature i of inner node i is 1 where a row goes right. */
  readonly table: TreeTable;
  /** −2 · centre of the left and the right child of each inner node, and ‖centre‖². */
  readonly lines: readonly Float64Array[];
  readonly offsets: readonly number[];
}

const MAX_DEPTH = 10_000;

function read(fitted: Fitted, width: number): Halvings {
  const mean = fitted.has('_X_mean') ? fitted.vector('_X_mean', width) : new Float64Array(width);
  const feature: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const values: number[] = [];
  const lines: Float64Array[] = [];
  const offsets: number[] = [];
  const stack: { node: PyObject; parent: number; depth: number }[] = [
    { node: fitted.object_('_bisecting_tree'), parent: -1, depth: 0 },
  ];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, parent, depth } = top;
    const at = feature.length;
    if (depth > MAX_DEPTH || at > 2 * MAX_DEPTH) throw fitted.wrong('_bisecting_tree', 'a tree');
    if (parent >= 0) right[parent] = at;
    const children = [node.attr('left'), node.attr('right')];
    const [first, second] = children;
    if (!(first instanceof PyObject && second instanceof PyObject)) {
      feature.push(-1);
      left.push(-1);
      right.push(-1);
      values.push(asNumber(node.attr('label')) ?? NaN);
      continue;
    }
    feature.push(lines.length / 2);
    left.push(at + 1);
    right.push(-1);
    values.push(0);
    for (const child of [first, second]) {
      const centre = numbersOf(child.attr('center'))?.data;
      if (centre?.length !== width) throw fitted.wrong('_bisecting_tree', `centres of ${width} numbers`);
      const own = centre.map((coordinate, f) => coordinate + (mean[f] as number));
      lines.push(own.map((coordinate) => -2 * coordinate));
      offsets.push(own.reduce((sum, coordinate) => sum + coordinate * coordinate, 0));
    }
    stack.push({ node: second, parent: at, depth: depth + 1 }, { node: first, parent: -1, depth: depth + 1 });
  }
  if (values.some(Number.isNaN)) throw fitted.wrong('_bisecting_tree', 'a label at each leaf');
  return { table: { feature, threshold: feature.map(() => 0.5), left, right, values }, lines, offsets };
}
