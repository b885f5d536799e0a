import type { FittedOn } from '../model/fitted-on.ts';
import { asNumber, itemsOf, PyDict, PyObject, textOf, type Fitted, type Plain } from '../sklearn/fitted.ts';
import { frameOf } from './pandas.ts';

/**
 * The columns that an encoder saw. Up to 2.4 it keeps only their number and the names of its output: each run of columns
 * that it made stands where their source stood. Undefined where that is not certain.
 */
export function columnsOfEncoder(fitted: Fitted): FittedOn | undefined {
  if (fitted.has('feature_names_in_') || fitted.has('n_features_in_')) return undefined;
  const inner = fitted.raw('base_n_encoder');
  const coder = inner instanceof PyObject && !fitted.has('mapping') ? fitted.within(inner, 'base_n_encoder') : fitted;
  const made = itemsOf(coder.raw('feature_names'))?.map(textOf);
  const count = asNumber(coder.raw('_dim'));
  if (!made || (count === undefined && fitted.flag('drop_invariant', false))) return undefined;
  const sources = sourcesOf(coder.raw('mapping'));
  const names = made.flatMap((name) => (name === 'intercept' ? [] : [sources.get(name) ?? name]));
  const distinct = [...new Set(names)];
  if (!distinct.length || (count !== undefined && distinct.length !== count)) return undefined;
  return { names: distinct, count: distinct.length, text: false };
}

/** Name of an output column → the column that it was made of. */
function sourcesOf(mapping: Plain | undefined): Map<string, string> {
  const sources = new Map<string, string>();
  for (const entry of itemsOf(mapping) ?? []) {
    const column = entry instanceof PyDict ? entry.get('col') : undefined;
    const frame = entry instanceof PyDict ? frameOf(entry.get('mapping')) : undefined;
    if (column !== undefined) for (const { name } of frame?.columns ?? []) sources.set(name, textOf(column));
  }
  return sources;
}
