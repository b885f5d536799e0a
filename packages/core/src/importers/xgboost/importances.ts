import { PyBytes, PyObject } from '../../formats/python/index.ts';
import { textOf, type Fitted } from '../sklearn/fitted.ts';
import { readDocument } from './document.ts';

/** Beyond this a file lies about its columns. */
const MOST_COLUMNS = 250_000;

/**
 * `feature_importances_` of an XGBoost wrapper, in float32 as shares of one: the mean gain of a column's splits, or
 * what importance_type names. Undefined for linear boosters and where the file holds no such numbers.
 */
export function xgboostImportances(estimator: Fitted): Float64Array | undefined {
  const booster = estimator.raw('_Booster');
  const handle = booster instanceof PyObject ? booster.attr('handle') : undefined;
  if (!(handle instanceof PyBytes)) return undefined;
  const root = readDocument(handle.bytes);
  const learner = (root.find('Model') ?? root).get('learner');
  const gradient = learner.get('gradient_booster');
  const model = (gradient.find('gbtree') ?? gradient).find('model');
  const trees = model?.find('trees')?.items();
  if (!trees) return undefined;
  const columns = learner.get('learner_model_param').get('num_feature').number();
  if (!Number.isInteger(columns) || columns < 1 || columns > MOST_COLUMNS) return undefined;
  const type = textOf(estimator.raw('importance_type') ?? 'gain');
  const sums = new Float32Array(columns);
  const counts = new Float32Array(columns);
  for (const tree of trees) {
    const [splits, children] = [tree.get('split_indices').numbers(), tree.get('left_children').numbers()];
    const numbers = tree.get(type.endsWith('cover') ? 'sum_hessian' : 'loss_changes').numbers();
    for (let node = 0; node < splits.length; node++) {
      const column = splits[node] as number;
      if (children[node] === -1 || !(column in sums)) continue;
      sums[column] = (sums[column] as number) + (numbers[node] as number);
      counts[column] = (counts[column] as number) + 1;
    }
  }
  const scores = scoresBy(type, sums, counts);
  const total = scores?.reduce((sum, score) => Math.fround(sum + score), 0);
  if (!scores || !total) return scores && Float64Array.from(scores);
  return Float64Array.from(scores.map((score) => score / total));
}

function scoresBy(type: string, sums: Float32Array, counts: Float32Array): Float32Array | undefined {
  if (type === 'weight') return counts;
  if (type === 'total_gain' || type === 'total_cover') return sums;
  if (type === 'gain' || type === 'cover') return sums.map((sum, at) => sum / Math.max(1, counts[at] as number));
  return undefined;
}
