import type { Value } from '../../ir/index.ts';
import type { Exactness } from '../importer.ts';
import type { Features } from '../model/features.ts';
import type { Prediction } from '../model/prediction.ts';
import type { FittedOn } from '../model/fitted-on.ts';
import type { Context } from './context.ts';
import type { Fitted } from './fitted.ts';

/**
 * Turns the fitted state of one estimator class into the model IR.
 *
 * Formulas come from the library's source. A class that transforms has `transform`, one that predicts has `predict`,
 * some have both. Adding an estimator = one file with a converter, and its line in `index.ts`.
 */
export interface Converter {
  /** Exact class paths over the versions of the library. */
  readonly types: readonly string[];
  /** What it becomes, in words, for the report: `subtract mean, divide by scale`. */
  readonly became: string;
  readonly exactness: Exactness;
  /** Its fitted state in words; `n columns` when left out. */
  state?(fitted: Fitted): string;
  /** What it was fitted on, where that is not in `feature_names_in_` or `n_features_in_` (boosters, text). */
  columns?(fitted: Fitted): FittedOn | undefined;
  /**
   * Whether `transform` answers a SciPy sparse matrix: `kept` where it is given one, `made` where what it works with
   * says so. Left out: never.
   */
  readonly sparse?: 'kept' | 'made' | ((fitted: Fitted, input: Features) => boolean);
  transform?(fitted: Fitted, input: Features, context: Context): Features;
  /** score_samples of a class that otherwise only transforms, where its state allows it. */
  samples?(fitted: Fitted, input: Features): Value | undefined;
  predict?(fitted: Fitted, input: Features, context: Context): Prediction;
}
