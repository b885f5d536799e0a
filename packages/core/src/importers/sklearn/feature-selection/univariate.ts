import type { Converter } from '../converter.ts';
import { unwrap, type Fitted } from '../fitted.ts';
import { selected } from './selected.ts';

/** How the scores or p-values of columns become a choice. */
type Rule = (fitted: Fitted, parameter: string) => boolean[];

/** NaN counts as the lowest score (`_clean_nans`). */
function scoresOf(fitted: Fitted): Float64Array {
  return fitted.vector('scores_').map((score) => (Number.isNaN(score) ? -Number.MAX_VALUE : score));
}

const best: Rule = (fitted, parameter) => {
  const scores = scoresOf(fitted);
  if (unwrap(fitted.raw(parameter)) === 'all') return Array.from(scores, () => true);
  const count = fitted.number(parameter);
  const order = [...scores.keys()].sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b);
  const kept = new Set(count === 0 ? [] : order.slice(-count));
  return Array.from(scores, (_, at) => kept.has(at));
};

const percentile: Rule = (fitted, parameter) => {
  const scores = scoresOf(fitted);
  const share = fitted.number(parameter);
  if (share === 100) return Array.from(scores, () => true);
  if (share === 0) return Array.from(scores, () => false);
  const threshold = quantile(scores, (100 - share) / 100);
  const mask = Array.from(scores, (score) => score > threshold);
  const ties = [...scores.keys()].filter((at) => scores[at] === threshold);
  const room = Math.trunc((scores.length * share) / 100) - mask.filter(Boolean).length;
  for (const at of ties.slice(0, room)) mask[at] = true;
  return mask;
};

/** `numpy.percentile`, linear between neighbours. */
function quantile(values: Float64Array, q: number): number {
  const sorted = values.toSorted();
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const a = sorted[below] as number;
  const b = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  const t = at - below;
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

const falsePositives: Rule = (fitted, parameter) =>
  Array.from(fitted.vector('pvalues_'), (p) => p < fitted.number(parameter));

const familyWise: Rule = (fitted, parameter) => {
  const values = fitted.vector('pvalues_');
  return Array.from(values, (p) => p < fitted.number(parameter) / values.length);
};

/** Benjamini-Hochberg. */
const falseDiscoveries: Rule = (fitted, parameter) => {
  const values = fitted.vector('pvalues_');
  const step = fitted.number(parameter) / values.length;
  const accepted = values.toSorted().filter((p, i) => p <= step * (i + 1));
  const limit = accepted.at(-1);
  return Array.from(values, (p) => limit !== undefined && p <= limit);
};

const modes: Readonly<Record<string, Rule>> = {
  k_best: best,
  percentile,
  fpr: falsePositives,
  fdr: falseDiscoveries,
  fwe: familyWise,
};

const generic: Rule = (fitted, parameter) => {
  const mode = fitted.text('mode', 'percentile');
  const rule = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (!rule) throw fitted.wrong('mode', Object.keys(modes).join(', '));
  return rule(fitted, parameter);
};

function univariate(name: string, rule: Rule, parameter: string): Converter {
  return {
    types: [`sklearn.feature_selection._univariate_selection.${name}`],
    became: 'columns picked',
    exactness: 'bit-exact',
    sparse: 'kept',
    state: (fitted) =>
      `${rule(fitted, parameter).filter(Boolean).length} of ${fitted.vector('scores_').length} columns`,
    transform: (fitted, input) => selected(fitted, input, rule(fitted, parameter), false),
  };
}

/** Selectors that judge each column on its own. */
export const univariateSelectors: readonly Converter[] = [
  univariate('SelectKBest', best, 'k'),
  univariate('SelectPercentile', percentile, 'percentile'),
  univariate('SelectFpr', falsePositives, 'alpha'),
  univariate('SelectFdr', falseDiscoveries, 'alpha'),
  univariate('SelectFwe', familyWise, 'alpha'),
  univariate('GenericUnivariateSelect', generic, 'param'),
];
