import { PyObject } from '../../formats/python/index.ts';
import { asNumber, unwrap, type Fitted } from '../sklearn/fitted.ts';

/**
 * `feature_importances_` of a LightGBM wrapper: how often each column splits, or with importance_type='gain' the sum of
 * what its splits gain; up to the best iteration. Undefined where the file holds no such numbers.
 */
export function lightgbmImportances(estimator: Fitted): Float64Array | undefined {
  const booster = estimator.raw('_Booster');
  const text = booster instanceof PyObject ? (booster.attr('_handle') ?? booster.attr('handle')) : undefined;
  const columns = typeof text === 'string' ? numberIn(text, 'max_feature_idx') : undefined;
  if (typeof text !== 'string' || columns === undefined || !(booster instanceof PyObject)) return undefined;
  const byGain = unwrap(estimator.raw('importance_type')) === 'gain';
  const best = asNumber(booster.attr('best_iteration')) ?? 0;
  const trees = text.split(/^Tree=\d+\r?$/m).slice(1);
  const perRound = numberIn(text, 'num_tree_per_iteration') ?? 1;
  const importances = new Float64Array(columns + 1);
  for (const tree of best > 0 ? trees.slice(0, best * perRound) : trees) {
    const gains = listIn(tree, 'split_gain');
    listIn(tree, 'split_feature').forEach((column, split) => {
      const gain = gains[split] ?? 0;
      if (gain > 0 && column in importances)
        importances[column] = (importances[column] as number) + (byGain ? gain : 1);
    });
  }
  return importances;
}

function numberIn(text: string, name: string): number | undefined {
  const found = new RegExp(`^${name}=(\\d{1,6})\\r?$`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function listIn(text: string, name: string): number[] {
  return (new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '').split(' ').filter(Boolean).map(Number);
}
