import { fail } from '@slipway/core/errors';

/** So many in such a time. */
export interface Rate {
  /** As it was written: `100/s`, `1000000/day`. */
  readonly text: string;
  readonly count: number;
  readonly periodMs: number;
}

const periods: Readonly<Record<string, number>> = {
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

/** Reads `100/s`, `5000/hour`; INVALID_REQUEST for anything else. */
export function parseRate(text: string): Rate {
  const [, count = '', period = ''] = /^([1-9]\d{0,11})\s*\/\s*([a-z]+)$/.exec(text.trim().toLowerCase()) ?? [];
  const periodMs = Object.hasOwn(periods, period) ? periods[period] : undefined;
  if (count === '' || periodMs === undefined)
    throw fail('INVALID_REQUEST', {
      problem: `${JSON.stringify(text.slice(0, 50))} is no rate; expected a number per time, such as 100/s, 5000/hour or 1000000/day.`,
    });
  return { text: `${count}/${period}`, count: Number(count), periodMs };
}

/**
 * A token bucket: it holds `count` tokens, fills evenly in the period, and each request takes one. The time is given, so that
 * it costs one subtraction a request and tests need no clock.
 */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.count;
    this.#at = nowMs;
  }

  /** Takes tokens that were used elsewhere, also when there are none left: who took too many waits longer. */
  charge(count: number): void {
    this.#tokens -= count;
  }

  /** There are no more tokens than a bucket would have that had so many at that time. */
  atMost(tokens: number, atMs: number, nowMs: number): void {
    this.#fill(nowMs);
    const { count, periodMs } = this.#rate;
    this.#tokens = Math.min(this.#tokens, tokens + (Math.max(0, nowMs - atMs) * count) / periodMs);
  }

  /** Takes a token; or the milliseconds until there will be one. */
  take(nowMs: number): number | undefined {
    const { count, periodMs } = this.#rate;
    this.#fill(nowMs);
    // Sums of fractions are a little off; a millionth of a token is none of anybody's business.
    if (this.#tokens < 1 - 1e-6) return Math.ceil(((1 - this.#tokens) * periodMs) / count - 1e-6);
    this.#tokens -= 1;
    return undefined;
  }

  #fill(nowMs: number): void {
    const { count, periodMs } = this.#rate;
    this.#tokens = Math.min(count, this.#tokens + (Math.max(0, nowMs - this.#at) * count) / periodMs);
    this.#at = nowMs;
  }
}
