import { fail } from '@slipway/core/errors';

interface Waiting {
  readonly start: () => void;
  readonly signal: AbortSignal;
}

export interface Limits {
  /** Runs at the same time. */
  readonly running: number;
  /** Runs that wait for their turn; further ones are refused. */
  readonly waiting: number;
}

/** Bounds how much runs at once; what finds no place is OVERLOADED at once instead of waiting for ever. */
export class Limiter {
  readonly #limits: Limits;
  readonly #queue = new Set<Waiting>();
  #running = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Waits for a place and runs. A signal that aborts while waiting gives up the place in the queue. */
  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#running >= this.#limits.running) await this.#wait(signal);
    else this.#running++;
    try {
      return await task();
    } finally {
      this.#next();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#queue.size >= this.#limits.waiting) {
      throw fail('OVERLOADED', {
        problem: `${this.#limits.running} requests are running and ${this.#queue.size} are waiting.`,
      });
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
