import { fail } from '@slipway/core/errors';
import { patienceMs } from './patience.ts';

interface Waiting {
  readonly start: () => void;
  readonly signal: AbortSignal;
}

export interface Limits {
  /** Runs at the same time. */
  readonly running: number;
  /** Runs that wait for their turn; further ones are refused. */
  readonly waiting: number;
  /** Refuses what would wait longer than this, by the time that runs took lately, and much sooner when the queue stands; no limit unless given. */
  readonly waitMs?: number | undefined;
}

/** Share of the newest run in the average. */
const NEWEST = 0.1;

/** Bounds how much runs at once; what finds no place is OVERLOADED at once instead of waiting for ever. */
export class Limiter {
  readonly #limits: Limits;
  readonly #queue = new Set<Waiting>();
  #running = 0;
  /** Since when somebody has been waiting. */
  #waitsSince = 0;
  /** Average time of a run, in milliseconds. */
  #runMs = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get running(): number {
    return this.#running;
  }

  /** Waits for a place and runs. A signal that aborts while waiting gives up the place in the queue. */
  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#running >= this.#limits.running) await this.#wait(signal);
    else this.#running++;
    const began = performance.now();
    try {
      return await task();
    } finally {
      this.#runMs += (performance.now() - began - this.#runMs) * NEWEST;
      this.#next();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    const { running, waiting: most, waitMs = Infinity } = this.#limits;
    const expectedMs = ((this.#queue.size + 1) * this.#runMs) / running;
    const now = performance.now();
    if (this.#queue.size === 0) this.#waitsSince = now;
    if (this.#queue.size >= most || expectedMs > patienceMs(now - this.#waitsSince, this.#queue.size, waitMs)) {
      const problem = `${running} requests are running and ${this.#queue.size} are waiting.`;
      throw fail('OVERLOADED', { problem }, { retryAfter: Math.max(1, Math.ceil(expectedMs / 1000)) });
    }
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#queue.delete(waiting);
        reject(signal.reason as Error);
      };
      const start = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiting: Waiting = { start, signal };
      this.#queue.add(waiting);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Hands the place on, so that the number of running tasks never rises above the limit in between. */
  #next(): void {
    const [first] = this.#queue;
    if (!first) {
      this.#running--;
      return;
    }
    this.#queue.delete(first);
    first.start();
  }
}
