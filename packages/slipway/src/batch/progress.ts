import type { InputFile } from './inputs/input-file.ts';
import type { State } from './writing.ts';

/** How far a job is. */
export interface ProgressReport {
  readonly event: 'progress';
  /** Rows so far, with those of the runs before this one. */
  readonly rows: number;
  readonly rejected: number;
  /** Of the bytes of the input, from 0 to 1. */
  readonly share: number;
  /** Rows a second in this run. */
  readonly rate: number;
  /** Seconds that are left, as far as can be told. */
  readonly eta_s: number | null;
}

/** Tells about progress, at most ten times a second. */
export class Progress {
  readonly started = new Date().toISOString();
  readonly #inputs: readonly InputFile[];
  readonly #state: State;
  readonly #tell: ((report: ProgressReport) => void) | undefined;
  readonly #began = performance.now();
  readonly #before: { readonly rows: number; readonly share: number };
  #told = 0;

  constructor(inputs: readonly InputFile[], state: State, tell: ((report: ProgressReport) => void) | undefined) {
    this.#inputs = inputs;
    this.#state = state;
    this.#tell = tell;
    this.#before = { rows: state.rows, share: this.#share() };
  }

  get seconds(): number {
    return Number(((performance.now() - this.#began) / 1000).toFixed(3));
  }

  tell(input: number, share: number): void {
    this.#state.shares.set(input, share);
    const now = performance.now();
    if (!this.#tell || now - this.#told < 100) return;
    this.#told = now;
    this.#tell(this.#report());
  }

  end(): void {
    this.#tell?.({ ...this.#report(), share: 1, eta_s: 0 });
  }

  #report(): ProgressReport {
    const { rows, rejected } = this.#state;
    const seconds = Math.max(0.001, (performance.now() - this.#began) / 1000);
    const share = this.#share();
    const gained = share - this.#before.share;
    return {
      event: 'progress',
      rows,
      rejected,
      share: Number(share.toFixed(4)),
      rate: Math.round((rows - this.#before.rows) / seconds),
      eta_s: gained > 0 ? Math.round((seconds * (1 - share)) / gained) : null,
    };
  }

  #share(): number {
    const all = this.#inputs.reduce((sum, { size }) => sum + size, 0);
    const done = this.#inputs.reduce((sum, { size }, i) => sum + size * (this.#state.shares.get(i) ?? 0), 0);
    return all === 0 ? 0 : done / all;
  }
}
