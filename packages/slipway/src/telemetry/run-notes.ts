import type { Signature } from '@slipway/core/signature';
import type { Tensor } from '@slipway/core/tensor';

type Tensors = Readonly<Record<string, Tensor>>;

/** The version that ran. */
export interface NotedModel {
  readonly name: string;
  readonly version: number | undefined;
  /** `churn:3` */
  readonly label: string;
  readonly digest: string;
  readonly signature: Signature;
}

/** What went into a run and what came out: a row with its answer, or tensors. */
export type KeptRun = { readonly model: NotedModel; readonly count: number } & (
  | { readonly row: unknown; readonly answer: string }
  | { readonly inputs: Tensors; readonly outputs: Tensors }
);

/** What one request did in the engine: written where models run, read where the request ends. Times are of `performance.now()`. */
export class RunNotes {
  /** The model of the last run. */
  model: NotedModel | undefined;
  rows = 0;
  runs = 0;
  /** When the first rows were handed over: what was before is decoding. */
  askedAt = 0;
  /** Waiting for a place among the running ones, in all. */
  queueMs = 0;
  /** In the executors, in all. */
  inferMs = 0;
  /** When the last run ended: what is after is encoding. */
  endedAt = 0;
  firstRows = 0;
  /** Rows of the runs after the first. */
  moreRows: number[] | undefined;
  /** Inputs and answers are kept; undefined: they are not. */
  kept: KeptRun[] | undefined;

  run(model: NotedModel, count: number, askedAt: number, startedAt: number, endedAt: number): void {
    this.model = model;
    this.rows += count;
    if (this.runs++ === 0) {
      this.askedAt = askedAt;
      this.firstRows = count;
    } else (this.moreRows ??= []).push(count);
    this.queueMs += startedAt - askedAt;
    this.inferMs += endedAt - startedAt;
    this.endedAt = endedAt;
  }
}

/** Notes of the request whose handler runs right now; handlers that wait for something are known by their signal. */
export const running: { notes: RunNotes | undefined } = { notes: undefined };

const bySignal = new WeakMap<AbortSignal, RunNotes>();

/** Runs under this signal belong to these notes. */
export function noteUnder(signal: AbortSignal, notes: RunNotes): void {
  bySignal.set(signal, notes);
}

/** The notes of the request with this signal; undefined for what nobody asked for, such as shadows. */
export function notesOf(signal: AbortSignal): RunNotes | undefined {
  return bySignal.get(signal);
}
