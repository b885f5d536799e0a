import { Fitted, itemsOf, PyObject, type Plain } from '../fitted.ts';
import { forestTakesMissing, treeTakesMissing } from '../tree/missing.ts';

/**
 * Whether the estimator of a selector takes NaN, by its tags: the selector then lets missing values pass.
 *
 * The first of `names` that is there counts.
 */
export function takesMissing(fitted: Fitted, names: readonly string[]): boolean {
  const found = names.map((name) => fitted.raw(name)).find((raw) => raw instanceof PyObject);
  return found instanceof PyObject && estimatorTakesMissing(new Fitted(found, fitted.path, fitted.version));
}

/** Classes that take NaN in every version. */
const always = /^(xgboost|lightgbm|catboost)\.|\.HistGradientBoosting/;

function estimatorTakesMissing(estimator: Fitted): boolean {
  if (always.test(estimator.type)) return true;
  if (estimator.type.startsWith('sklearn.tree._classes.')) return treeTakesMissing(estimator);
  if (/\.(RandomForest|ExtraTrees)(Classifier|Regressor)$/.test(estimator.type))
    return forestTakesMissing(firstTree(estimator));
  return false;
}

/** The first tree, or an unfitted one of the same kind. */
function firstTree(forest: Fitted): Fitted {
  const first: Plain | undefined = itemsOf(forest.raw('estimators_'))?.[0] ?? forest.raw('estimator');
  return first instanceof PyObject ? new Fitted(first, forest.path, forest.version) : forest;
}
