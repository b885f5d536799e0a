import type { DType } from '../tensor/index.ts';
import type { Limit } from './limits.ts';

/** What a column takes. Numbers in the graph are float64; `integer` and `boolean` only narrow what rows may hold. */
export type ColumnType = 'number' | 'integer' | 'boolean' | 'string' | 'datetime';

/** A value that a row or a label may hold. */
export type Scalar = string | number | boolean;

/** One input column (tables), or one position of the row array (models without column names). */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** `null` (missing) is accepted because the model handles it. */
  readonly nullable: boolean;
  /** False for columns that the model drops: accepted and ignored. */
  readonly required: boolean;
  /** Known values. `closed`: the library refuses any other; else others are answered with a warning. */
  readonly categories?: readonly Scalar[] | undefined;
  readonly closed?: boolean | undefined;
  /** The library casts to float32 and refuses magnitudes beyond its range. */
  readonly float32?: boolean | undefined;
  /** Numbers that the library refuses: below 0 before a square root, … */
  readonly limits?: readonly Limit[] | undefined;
  /** Infinity is accepted (histogram boosting, native boosters). */
  readonly infinite?: boolean | undefined;
  /** Text that may also be written as a whole number or a truth value: 3 is "3", true is "1" (CatBoost). */
  readonly numerals?: boolean | undefined;
  /** What training saw, for the form's placeholders and drift; never enforced. */
  readonly seen?: { readonly min?: number; readonly max?: number; readonly typical?: Scalar } | undefined;
  readonly description?: string | undefined;
}

/**
 * How rows look.
 *
 * - `table`: an object keyed by column; one graph input `[N,1]` per required column, named like the column
 * - `array`: an array of F numbers; one graph input `X` `[N,F]`; `columns` are the positions
 * - `text`: a string; steps of pre.json turn it into the graph's inputs
 * - `tensors`: named (or one unnamed) nested arrays, straight into the graph's inputs
 */
export type RowForm = 'table' | 'array' | 'text' | 'tensors';

/** A graph input that rows of form `tensors` fill. The leading dimension N is the batch and is not written here. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  /** Per-row shape; null where free. */
  readonly shape: readonly (number | null)[];
  /** A picture: text of base64 (dtype string, shape []), or pixels of this shape as a step of pre.json takes them. */
  readonly image?: { readonly shape: readonly (number | null)[] } | undefined;
}

export type Task =
  | 'classification'
  | 'regression'
  | 'clustering'
  | 'outlier'
  | 'transform'
  | 'multilabel'
  | 'multioutput-classification'
  | 'graph';

/**
 * Which graph output holds which part of an answer.
 *
 * `label` [N] or [N,T], `probabilities` [N,K], `scores` [N] or [N,K], `value` [N] or [N,T], `output` [N,W], …
 */
export interface Outputs {
  /** Class label [N] (see `labelIs`); multilabel: int64 0/1 per target [N,T]; clustering and outlier: int64 [N]. */
  readonly label?: string | undefined;
  /**
   * `value`: the label tensor holds the class itself (text classes: string; integer classes: int64).
   * `position`: an int64 position in `classes` (classes of other types: booleans, floats).
   */
  readonly labelIs?: 'value' | 'position' | undefined;
  readonly probabilities?: string | undefined;
  readonly scores?: string | undefined;
  readonly value?: string | undefined;
  readonly distances?: string | undefined;
  readonly output?: string | undefined;
  /**
   * Graph output per method of the original: predict, predict_proba, decision_function, score_samples, transform.
   * Goldens are keyed by method. Outputs that only stand here are not part of an answer and need not be computed for it.
   */
  readonly methods?: Readonly<Record<string, string>> | undefined;
  /** Task `graph`: the names of all outputs. */
  readonly all?: readonly string[] | undefined;
  /** Those of `all` that are no tensors of the graph. */
  readonly structures?: Readonly<Record<string, Structure>> | undefined;
}

/**
 * An output of a foreign graph that is no tensor, by the tensors that stand for it.
 *
 * - `map`: an object of `keys`, whose values are the columns of `values` [N,K]
 * - `list`: an array of tensors, each with the rows in front
 * - `sequence`: an array of tensors of any shapes, for one row: `data` holds all elements, `sizes` rank and dimensions of
 *   each member in turn; `hasRows`: each member has the axis of rows, of size 1, in front
 */
export type Structure =
  | { readonly kind: 'map'; readonly keys: readonly Scalar[]; readonly values: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'sequence'; readonly data: string; readonly sizes: string; readonly hasRows?: boolean };

export interface Signature {
  readonly form: RowForm;
  readonly task: Task;
  readonly columns: readonly Column[];
  readonly tensors?: readonly TensorSpec[] | undefined;
  /** Class labels in the order of the probability columns; the type of each label is the original's. */
  readonly classes?: readonly Scalar[] | undefined;
  /** Names of the targets of multi-output models, when known. */
  readonly targets?: readonly string[] | undefined;
  /** multioutput-classification: classes per target. */
  readonly targetClasses?: readonly (readonly Scalar[])[] | undefined;
  /** Names of the columns of `output` for transformers, when known. */
  readonly outputNames?: readonly string[] | undefined;
  /** The graph takes one row at a time: its batch is fixed at 1, or the answers to rows differ in shape. */
  readonly oneByOne?: boolean | undefined;
  readonly outputs: Outputs;
}
