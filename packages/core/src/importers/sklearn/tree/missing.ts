import type { Fitted } from '../fitted.ts';

/** Criteria that could be computed with missing values from 1.3 to 1.8. */
const CRITERIA: ReadonlySet<unknown> = new Set([
  'gini',
  'log_loss',
  'entropy',
  'squared_error',
  'friedman_mse',
  'poisson',
]);

/**
 * Whether a tree on its own takes NaN (`BaseDecisionTree._support_missing_values`).
 *
 * It depends on the version and on parameters, never on what training saw: from 1.3 on for the best splitter and most
 * criteria, from 1.6 on for random splits too, from 1.9 on for every criterion.
 */
export function treeTakesMissing(tree: Fitted): boolean {
  if (!tree.since(1, 3)) return false;
  const splitter = tree.raw('splitter');
  const isExtraTree = tree.name.startsWith('ExtraTree');
  if (tree.since(1, 9)) return !isExtraTree || splitter === 'random';
  if (!CRITERIA.has(tree.raw('criterion'))) return false;
  if (tree.since(1, 4) && tree.has('monotonic_cst')) return false;
  if (!tree.since(1, 6)) return splitter === 'best';
  return !(isExtraTree && splitter === 'best');
}

/** Whether a forest takes NaN: from 1.4 on, where its first tree would. */
export function forestTakesMissing(firstTree: Fitted): boolean {
  return firstTree.since(1, 4) && treeTakesMissing(firstTree);
}
