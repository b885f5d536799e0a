import type { Converter } from '../converter.ts';
import { asNumber, Fitted, PyObject, unwrap, type Numbers } from '../fitted.ts';
import { numpySum } from '../tree/numpy-sum.ts';
import { importancesOf } from './importances.ts';
import { selected } from './selected.ts';
import { takesMissing } from './takes-missing.ts';

/** Columns that a fitted estimator finds important enough; the choice is computed again, as the library does. */
export const selectFromModel: Converter = {
  types: ['sklearn.feature_selection._from_model.SelectFromModel'],
  became: 'columns picked',
  exactness: 'bit-exact',
  sparse: 'kept',
  state(fitted) {
    const mask = maskOf(fitted);
    return `${mask.filter(Boolean).length} of ${mask.length} columns by ${modelOf(fitted).name}`;
  },
  transform: (fitted, input) => selected(fitted, input, maskOf(fitted), takesMissing(fitted, ['estimator'])),
};

function modelOf(fitted: Fitted): Fitted {
  const own = fitted.raw('estimator_') ?? fitted.raw('estimator');
  if (own instanceof PyObject) return new Fitted(own, `${fitted.path}.estimator_`, fitted.version);
  throw fitted.wrong('estimator_', 'a fitted estimator');
}

function maskOf(fitted: Fitted): boolean[] {
  const estimator = modelOf(fitted);
  const scores = magnitudes(fitted, importancesOf(fitted, estimator));
  const threshold = thresholdOf(fitted, estimator, scores);
  const most = mostColumns(fitted);
  const order = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const candidates = new Set(most === undefined ? order : order.slice(0, most));
  return Array.from(scores, (score, at) => candidates.has(at) && !(score < threshold));
}

/** Absolute values; of several rows (classes, targets) their norm. */
function magnitudes(fitted: Fitted, { shape, data }: Numbers): Float64Array {
  if (shape.length < 2) return data.map(Math.abs);
  const columns = shape[1] as number;
  const order = fitted.has('norm_order') ? fitted.number('norm_order') : 1;
  return Float64Array.from({ length: columns }, (_, column) =>
    norm(
      data.filter((_cell, i) => i % columns === column),
      order,
    ),
  );
}

function norm(values: Float64Array, order: number): number {
  const sizes = values.map(Math.abs);
  if (order === Infinity) return Math.max(...sizes);
  if (order === -Infinity) return Math.min(...sizes);
  if (order === 0) return sizes.filter((size) => size !== 0).length;
  if (order === 1) return sum(sizes);
  if (order === 2) return Math.sqrt(sum(sizes.map((size) => size * size)));
  return sum(sizes.map((size) => size ** order)) ** (1 / order);
}

/** NumPy adds the rows of a matrix one after the other. */
function sum(values: Float64Array): number {
  return values.reduce((total, next) => total + next, 0);
}

/** `max_features`; what a function gave in training is kept as `max_features_`. */
function mostColumns(fitted: Fitted): number | undefined {
  if (!fitted.has('max_features')) return undefined;
  const most = asNumber(fitted.raw('max_features_')) ?? asNumber(fitted.raw('max_features'));
  if (most === undefined)
    throw fitted.unsupported('a max_features that is a Python function', 'Give it as a number and train again.');
  return most;
}

function thresholdOf(fitted: Fitted, estimator: Fitted, scores: Float64Array): number {
  const given = unwrap(fitted.raw('threshold'));
  const number = asNumber(given);
  if (number !== undefined) return number;
  const text = typeof given === 'string' ? given : leavesOut(estimator) ? '1e-5' : 'mean';
  const [, scale = '1', reference = ''] = /^(?:\s*([^*]+?)\s*\*)?\s*(\S+)\s*$/.exec(text) ?? [];
  if (reference === '1e-5') return 1e-5;
  if (reference === 'mean') return Number(scale) * (numpySum(scores) / scores.length);
  if (reference === 'median') return Number(scale) * median(scores);
  throw fitted.wrong('threshold', "a number, 'mean', 'median' or a multiple of them");
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** Estimators that set coefficients to zero by an L1 penalty: their threshold is near zero instead of the mean. */
function leavesOut(estimator: Fitted): boolean {
  if (unwrap(estimator.raw('penalty')) === 'l1' || estimator.name.includes('Lasso')) return true;
  const isOne = (attribute: string): boolean => {
    const ratio = estimator.optionalArray(attribute)?.data;
    return ratio !== undefined && ratio.length > 0 && ratio.every((share) => Math.abs(share - 1) <= 1e-5 + 1e-8);
  };
  if (!estimator.since(1, 1)) return false;
  if (!estimator.since(1, 7)) return estimator.name.includes('ElasticNet') && (isOne('l1_ratio_') || isOne('l1_ratio'));
  if (estimator.name === 'ElasticNet') return isOne('l1_ratio');
  if (estimator.name === 'ElasticNetCV') return isOne('l1_ratio_');
  if (!estimator.since(1, 8)) return false;
  if (estimator.name === 'LogisticRegression') return isOne('l1_ratio');
  return estimator.name === 'LogisticRegressionCV' && isOne('l1_ratio_');
}
