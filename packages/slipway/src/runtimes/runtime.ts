import type { OnnxModel, ValueInfo } from '@slipway/core/onnx';
import type { Tensor } from '@slipway/core/tensor';

export interface InferOptions {
  /** Stops between chunks of rows. */
  readonly signal?: AbortSignal | undefined;
  /** Only these outputs are needed. */
  readonly outputs?: readonly string[] | undefined;
}

/**
 * One row at a time, without allocating: write the slots, call `run`, read the outputs.
 *
 * Slots follow the graph's inputs in order: a number slot for each column of a numeric input, a string slot for each
 * string input.
 */
export interface RowForm {
  readonly numbers: Float64Array;
  readonly strings: string[];
  /** Outputs of the last run, for one row; overwritten by the next. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  run(): void;
}

/** A graph that is ready to answer. */
export interface LoadedModel extends AsyncDisposable {
  /** Id of the runtime. */
  readonly id: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Bytes that it takes in memory, about. */
  readonly memory: number;
  /** Any number of rows, 0 included; calls may overlap. */
  infer(inputs: Readonly<Record<string, Tensor>>, options?: InferOptions): Promise<Record<string, Tensor>>;
  /** Requests that are worth running at the same time, because they run together. */
  readonly together?: number | undefined;
  /** The fast way for single rows, where the runtime has one. Not reentrant, and synchronous for that reason. */
  readonly row: RowForm | undefined;
}

export interface LoadOptions {
  /** Threads of one call; 1 when left out, because servers run many calls. */
  readonly threads?: number | undefined;
  /** Outputs that answers are made of; others may be left out of the row form. */
  readonly outputs?: readonly string[] | undefined;
}

/** Executes graphs. */
export interface Runtime {
  readonly id: string;
  load(model: OnnxModel, options?: LoadOptions): Promise<LoadedModel>;
}
