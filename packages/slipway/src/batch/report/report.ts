import type { Counts } from '../scoring/spec.ts';
import type { Tally } from '../scoring/tally.ts';

/** What a job did: `report.json`. `rows.read` is the sum of the other three, in all and for each input. */
export interface Report {
  /** SHA-256 of model, inputs and options: a job with the same one has nothing left to do. */
  readonly identity: string;
  readonly model: {
    readonly ref: string;
    readonly name: string;
    readonly version: number | null;
    readonly digest: string;
  };
  readonly executor: string;
  /** Microseconds a row of each executor, where they were measured. */
  readonly measured: Readonly<Record<string, number>>;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly finished: string;
  /** Of this run; one that was resumed did only the rest. */
  readonly seconds: number;
  readonly resumed: boolean;
  readonly rows: Counts;
  /** Rows with a warning, such as a category that training did not know. */
  readonly warned: number;
  readonly warnings: readonly string[];
  readonly inputs: readonly ({ readonly name: string; readonly bytes: number } & Counts)[];
  readonly outputs: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  /** Name of the file with the rows that were left out; null without any. */
  readonly rejects: string | null;
  readonly options: {
    readonly columns: readonly string[];
    readonly where: string | null;
    readonly on_error: 'stop' | 'reject';
  };
  /** How the answers are distributed, by column. */
  readonly answers: Readonly<Record<string, Tally>>;
}

/** The sum of two counts. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    read: a.read + b.read,
    answered: a.answered + b.answered,
    rejected: a.rejected + b.rejected,
    filtered: a.filtered + b.filtered,
  };
}

export const noCounts: Counts = { read: 0, answered: 0, rejected: 0, filtered: 0 };
