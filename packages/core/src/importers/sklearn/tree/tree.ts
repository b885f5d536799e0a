import { joinTrees, ops, type TreeEnsemble, type TreeTable, type TreeTables, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import { NdArray, PyObject, type Fitted, type Plain } from '../fitted.ts';
import { treeTakesMissing } from './missing.ts';
import { numpySum } from './numpy-sum.ts';

/** The arrays of a `sklearn.tree._tree.Tree`, one entry per node. */
export interface FittedTree extends TreeTable {
  /** `[nodes, outputs]` row-major: a class fraction (a weighted count before 1.4) or a mean. */
  readonly values: Float64Array;
  /** Targets × classes of the target with the most. */
  readonly outputs: number;
  readonly takesMissing: boolean;
  /** From 1.4 on classifiers store class fractions, before weighted counts. */
  readonly storesFractions: boolean;
  /** Training rows at each node; read when asked for. */
  readonly nodeSamples: Int32Array;
}

/** The trees of a forest, read one after the other while they are asked for: a big forest is in memory once only. */
export interface FittedTrees extends TreeTables<FittedTree> {
  readonly first: FittedTree;
}

/** Classes whose whole fitted state is one tree. */
const TREES: ReadonlySet<string> = new Set(
  ['DecisionTreeClassifier', 'DecisionTreeRegressor', 'ExtraTreeClassifier', 'ExtraTreeRegressor'].map(
    (name) => `sklearn.tree._classes.${name}`,
  ),
);

/** Whether an estimator is a single tree, whose leaves can be put together with those of others. */
export function isTree(estimator: Plain | undefined): boolean {
  return estimator instanceof PyObject && TREES.has(estimator.path);
}

/** Reads `tree_` of a fitted tree. Node records before 1.3 have no `missing_go_to_left`. */
export function readTree(fitted: Fitted, context: Context): FittedTree {
  const tree = context.fitted(fitted.object_('tree_'), 'tree_');
  const nodes = tree.raw('nodes');
  const stored = tree.raw('values');
  if (!(nodes instanceof NdArray) || !(stored instanceof NdArray)) throw tree.wrong('nodes', 'a table of nodes');
  const integers = (name: string): Int32Array => nodes.fieldInt32(name) ?? fieldMissing(tree, name);
  const count = nodes.size;
  const values = stored.toFloat64();
  if (!count || !values.length || values.length % count) throw tree.wrong('values', `a row for each of ${count} nodes`);
  return {
    feature: integers('feature'),
    threshold: nodes.fieldFloat64('threshold') ?? fieldMissing(tree, 'threshold'),
    left: integers('left_child'),
    right: integers('right_child'),
    missingLeft: nodes.fieldUint8('missing_go_to_left'),
    get nodeSamples() {
      return integers('n_node_samples');
    },
    takesMissing: treeTakesMissing(fitted),
    storesFractions: fitted.since(1, 4),
    values,
    outputs: values.length / count,
  };
}

/** The trees of fitted estimators; `use` sees and may change each one. */
export function readTrees(
  estimators: readonly Fitted[],
  context: Context,
  use: (tree: FittedTree) => FittedTree = (tree) => tree,
): FittedTrees {
  const read = (tree: Fitted) => use(readTree(tree, context));
  return {
    length: estimators.length,
    nodes: estimators.reduce((sum, fitted) => {
      const nodes = context.fitted(fitted.object_('tree_'), 'tree_').raw('nodes');
      return sum + (nodes instanceof NdArray ? nodes.size : 0);
    }, 0),
    get first() {
      return read(estimators[0] as Fitted);
    },
    *[Symbol.iterator]() {
      for (const fitted of estimators) yield read(fitted);
    },
  };
}

function fieldMissing(tree: Fitted, name: string): never {
  throw tree.wrong('nodes', `records with ${name}`);
}

/** The same splits with other leaves: `write` fills `outputs` numbers from `at` on for a leaf. */
export function withLeaves(
  tree: FittedTree,
  outputs: number,
  write: (node: number, out: Float64Array, at: number) => void,
): FittedTree {
  const count = tree.feature.length;
  const values = new Float64Array(count * outputs);
  for (let node = 0; node < count; node++) {
    if ((tree.left[node] as number) < 0) write(node, values, node * outputs);
  }
  return { ...tree, values, outputs };
}

/**
 * Class fractions of each leaf, as `predict_proba` gives them.
 *
 * Stored fractions are used as they are: dividing again differs in the last bit. Of counts, each target's `classes`
 * numbers are divided by their sum.
 */
export function fractions(tree: FittedTree, classes: number): FittedTree {
  if (tree.storesFractions) return tree;
  const { values, outputs } = tree;
  return withLeaves(tree, outputs, (_node, out, at) => {
    for (let target = at; target < at + outputs; target += classes) {
      const total = numpySum(values, target, classes);
      // Nothing to share: the library divides by 1 then.
      for (let k = target; k < target + classes; k++) out[k] = (values[k] as number) / (total === 0 ? 1 : total);
    }
  });
}

/** A tree that was fitted on some columns, in terms of all columns. */
export function onColumns(tree: FittedTree, columns: ArrayLike<number>): FittedTree {
  const { feature, left } = tree;
  return {
    ...tree,
    feature: Int32Array.from(feature, (split, node) => ((left[node] as number) < 0 ? split : (columns[split] ?? -1))),
  };
}

/** Position of the largest of `count` numbers from `at` on; the first of equals, as np.argmax. */
export function largestAt(values: ArrayLike<number>, at: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if ((values[at + k] as number) > (values[at + best] as number)) best = k;
  return best;
}

/** Trees split float32 values of x by float64 thresholds: `(float32) x <= t`. Infinity is always refused. */
export function treeInput(input: Features, missing: boolean): Value {
  return asFloat32(ops.require(input.numbers(), { present: !missing, finite: true, float32: true }));
}

/** x rounded to float32, as float64 again. */
export function asFloat32(x: Value): Value {
  return ops.cast(ops.cast(x, 'float32'), 'float64');
}

export function ensembleOf(trees: readonly FittedTree[] | FittedTrees, features: number): TreeEnsemble {
  const first = 'first' in trees ? trees.first : trees[0];
  return joinTrees(trees, first?.outputs ?? 1, features, '<=');
}

/** Fitted estimators of `estimators_` (a list or an object array), in C order. */
export function estimatorsOf(fitted: Fitted): readonly PyObject[] {
  const items: readonly Plain[] = fitted.list('estimators_');
  if (!items.length || !items.every((item) => item instanceof PyObject))
    throw fitted.wrong('estimators_', 'fitted estimators');
  return items;
}
