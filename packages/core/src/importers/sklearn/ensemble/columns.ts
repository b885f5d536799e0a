import type { FittedOn } from '../../model/fitted-on.ts';
import { asNumber, type Fitted } from '../fitted.ts';

/** Ensembles whose members see some of the columns know all of them themselves. */
export function columnsOf(fitted: Fitted): FittedOn | undefined {
  const names = fitted.strings('feature_names_in_');
  const count = names?.length ?? asNumber(fitted.raw('n_features_in_')) ?? asNumber(fitted.raw('n_features_'));
  return count === undefined ? undefined : { names, count, text: false };
}
