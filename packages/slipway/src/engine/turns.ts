import { setImmediate as turn } from 'node:timers/promises';
import { fail, type SlipwayError } from '@slipway/core/errors';
import { patienceMs } from './patience.ts';

/** Work of so long is done between two looks at the sockets. */
const SLICE_MS = 1;
/** The longest that a burst may have to wait. */
const BURST_MS = 2000;
/** How long a refusal says how many wait before it looks again. */
const REFUSAL_MS = 100;
/** Share of the newest in the average. */
const NEWEST = 0.05;

/**
 * Requests take turns on this thread.
 *
 * What computes here holds up everybody else, and a thread that reads each request that comes before it looks at the ones it
 * has read does nothing else once more come than it can answer. So: requests go at once until a slice of time is used up, then
 * they wait, unread, in the order in which they came; between two slices the sockets have their turn. What would wait too long
 * is refused before anything was done for it.
 */
export class Turns {
  #queue: (() => unknown)[] = [];
  #head = 0;
  /** Somebody waits. */
  #isBusy = false;
  #busySince = 0;
  /** Milliseconds between two that leave the queue, on average, and how many did. */
  #pace = 0;
  #left = 0;
  #leftAt = 0;
  /** When the slice began. */
  #began = 0;
  /** The sockets have not had their turn since. */
  #isArmed = false;
  #refusal: SlipwayError | undefined;
  #refusalAt = 0;

  /** Requests that wait. */
  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  /** True: go ahead. False: what is left of the slice belongs to others; `wait` for it. */
  isFree(): boolean {
    return !this.#isBusy && !this.#isUsedUp();
  }

  /** Why nobody may join the queue now; undefined: they may. */
  refusal(): SlipwayError | undefined {
    if (!this.#isBusy) return undefined;
    const now = performance.now();
    const expectedMs = (this.waiting + 1) * this.#pace;
    if (expectedMs <= patienceMs(now - this.#busySince, this.waiting, BURST_MS)) return undefined;
    return this.#overloaded(now, expectedMs);
  }

  /** `go` is called when those before have gone. */
  wait(go: () => unknown): void {
    this.#queue.push(go);
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#busySince = this.#leftAt = performance.now();
    this.#pace = this.#left = 0;
    setImmediate(this.#work);
  }

  /** In the middle of long work: lets the sockets have their turn, when they have waited for a slice. */
  breathe(): Promise<void> | undefined {
    return this.#isUsedUp() ? turn() : undefined;
  }

  #isUsedUp(): boolean {
    const now = performance.now();
    if (now - this.#began <= SLICE_MS) return false;
    if (this.#isArmed) return true;
    // Time may have passed in idleness. Only a slice that ends before the sockets had their turn is one of work.
    this.#isArmed = true;
    this.#began = now;
    setImmediate(this.#disarm);
    return false;
  }

  readonly #disarm = (): void => {
    this.#isArmed = false;
  };

  /** One slice of the queue. */
  readonly #work = (): void => {
    this.#began = performance.now();
    this.#next();
  };

  readonly #next = (): void => {
    const now = performance.now();
    if (this.waiting === 0) {
      this.#queue = [];
      this.#head = 0;
      this.#isBusy = false;
    } else if (now - this.#began > SLICE_MS) setImmediate(this.#work);
    else {
      const go = this.#take();
      this.#pace += (now - this.#leftAt - this.#pace) * Math.max(NEWEST, 1 / ++this.#left);
      this.#leftAt = now;
      go();
      // What it does in promises comes first: that is most of its work.
      queueMicrotask(this.#later);
    }
  };

  readonly #later = (): void => process.nextTick(this.#next);

  #take(): () => unknown {
    const first = this.#queue[this.#head] as () => unknown;
    if (++this.#head >= 1000) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  /** The same one for a while: in an overload it is most of what a refusal costs. */
  #overloaded(now: number, expectedMs: number): SlipwayError {
    if (this.#refusal && now - this.#refusalAt < REFUSAL_MS) return this.#refusal;
    const problem = `${this.waiting} requests are waiting for the processor.`;
    this.#refusalAt = now;
    this.#refusal = fail('OVERLOADED', { problem }, { retryAfter: Math.max(1, Math.ceil(expectedMs / 1000)) });
    return this.#refusal;
  }
}

/** Those of this thread: everything that computes here takes them from here. */
export const turns = new Turns();
