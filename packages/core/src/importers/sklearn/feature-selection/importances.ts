import { lightgbmImportances } from '../../lightgbm/importances.ts';
import { xgboostImportances } from '../../xgboost/importances.ts';
import { Fitted, itemsOf, NdArray, numbersOf, PyObject, unwrap, type Numbers, type Plain } from '../fitted.ts';
import { matrixOf } from '../linear/matrix.ts';
import { numpySum } from '../tree/numpy-sum.ts';

/**
 * How much a fitted estimator uses each column, as `SelectFromModel` asks: `coef_`, else `feature_importances_`, which
 * scikit-learn computes from the trees whenever it is asked.
 */
export function importancesOf(selector: Fitted, estimator: Fitted): Numbers {
  const getter = unwrap(selector.raw('importance_getter')) ?? 'auto';
  if (typeof getter !== 'string')
    throw selector.unsupported(
      'an importance_getter that is a Python function',
      "Name an attribute, or use 'auto', and train again.",
    );
  if (getter === 'auto') return estimator.has('coef_') ? matrixOf(estimator, 'coef_') : fromTrees(estimator);
  const path = getter.split('.');
  const last = path.pop() as string;
  const owner = path.reduce((at, name) => inner(selector, at, name), estimator);
  return last === 'feature_importances_' ? fromTrees(owner) : matrixOf(owner, last);
}

/** One step of a dotted path, such as `named_steps.clf`. */
function inner(selector: Fitted, owner: Fitted, name: string): Fitted {
  if (name === 'named_steps') return owner;
  const step = itemsOf(owner.raw('steps'))?.find((entry) => itemsOf(entry)?.[0] === name);
  const found = owner.raw(name) ?? itemsOf(step)?.[1];
  if (!(found instanceof PyObject))
    throw selector.wrong('importance_getter', `a path of attributes (there is no ${name})`);
  return new Fitted(found, `${owner.path}.${name}`, owner.version);
}

function fromTrees(estimator: Fitted): Numbers {
  const kind = estimator.type.replace(/^sklearn\.\w+\._?\w+\./, '');
  const data = boosterImportances(estimator) ?? treeImportances(estimator, kind);
  if (data) return { shape: [data.length], data };
  throw estimator.unsupported(
    `the feature importances of ${estimator.type}`,
    'Select by a linear model or a forest of scikit-learn, or list the columns in a ColumnTransformer.',
    'they are not part of the file, and their formula is known for scikit-learn trees, forests, gradient boosting and AdaBoost, LightGBM and trees of XGBoost',
  );
}

function boosterImportances(estimator: Fitted): Float64Array | undefined {
  if (estimator.type.startsWith('lightgbm.sklearn.')) return lightgbmImportances(estimator);
  return estimator.type.startsWith('xgboost.sklearn.') ? xgboostImportances(estimator) : undefined;
}

function treeImportances(estimator: Fitted, kind: string): Float64Array | undefined {
  if (/^(DecisionTree|ExtraTree)(Classifier|Regressor)$/.test(kind)) return ofTree(estimator, true).importances;
  if (/^(RandomForest|ExtraTrees)(Classifier|Regressor)$/.test(kind)) return ofForest(estimator);
  if (/^GradientBoosting(Classifier|Regressor)$/.test(kind)) return ofBoosting(estimator);
  if (/^AdaBoost(Classifier|Regressor)$/.test(kind)) return ofAdaBoost(estimator);
  return undefined;
}

interface TreeImportances {
  readonly importances: Float64Array;
  readonly nodes: number;
}

const childOf = ['left_child', 'right_child'] as const;

/** Σ over the splits on a column of the impurity that they take away, weighted by samples (`Tree.compute_feature_importances`). */
function ofTree(estimator: Fitted, normalized: boolean): TreeImportances {
  const tree = estimator.object_('tree_');
  const nodes = tree.attr('nodes');
  const columns = numbersOf(tree.args[0])?.data[0] ?? 0;
  if (!(nodes instanceof NdArray) || !(columns > 0)) throw estimator.wrong('tree_', 'a fitted tree');
  const field = (name: string): Float64Array => {
    const found = nodes.fieldFloat64(name);
    if (!found) throw estimator.wrong('tree_', `nodes with ${name}`);
    return found;
  };
  const [left, right] = childOf.map(field) as [Float64Array, Float64Array];
  const feature = field('feature');
  const impurity = field('impurity');
  const weight = field('weighted_n_node_samples');
  const importances = new Float64Array(columns);
  const mass = (node: number): number => (weight[node] as number) * (impurity[node] as number);
  left.forEach((child, node) => {
    if (child < 0) return;
    const at = feature[node] as number;
    importances[at] = (importances[at] as number) + (mass(node) - mass(child) - mass(right[node] as number));
  });
  const scaled = importances.map((sum) => sum / (weight[0] as number));
  const total = normalized ? numpySum(scaled) : 0;
  return { importances: total > 0 ? scaled.map((share) => share / total) : scaled, nodes: left.length };
}

function membersOf(estimator: Fitted): Fitted[] {
  return estimator.list('estimators_').map((item: Plain) => {
    if (item instanceof PyObject) return new Fitted(item, estimator.path, estimator.version);
    throw estimator.wrong('estimators_', 'trees');
  });
}

/** Mean over the trees that split at all, as shares of one. */
function ofForest(estimator: Fitted): Float64Array {
  return shares(membersOf(estimator).map((tree) => ofTree(tree, true)));
}

function ofBoosting(estimator: Fitted): Float64Array {
  return shares(membersOf(estimator).map((tree) => ofTree(tree, false)));
}

function shares(trees: readonly TreeImportances[]): Float64Array {
  const splitting = trees.filter(({ nodes }) => nodes > 1);
  const mean = new Float64Array(trees[0]?.importances.length ?? 0);
  if (!splitting.length) return mean;
  for (const { importances } of splitting)
    importances.forEach((share, at) => (mean[at] = (mean[at] as number) + share));
  mean.forEach((sum, at) => (mean[at] = sum / splitting.length));
  const total = numpySum(mean);
  return mean.map((share) => share / total);
}

/** Mean weighted by `estimator_weights_`. */
function ofAdaBoost(estimator: Fitted): Float64Array {
  const members = membersOf(estimator);
  const weights = estimator.vector('estimator_weights_');
  const sum = new Float64Array(ofTree(members[0] as Fitted, true).importances.length);
  members.forEach((tree, i) => {
    ofTree(tree, true).importances.forEach(
      (share, at) => (sum[at] = (sum[at] as number) + (weights[i] as number) * share),
    );
  });
  const total = numpySum(weights);
  return sum.map((share) => share / total);
}
