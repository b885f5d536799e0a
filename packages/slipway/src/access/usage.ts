import { fail } from '@slipway/core/errors';
import type { KeySource } from './key-source.ts';
import type { QuotaState, Spending } from './quota-store.ts';
import { TokenBucket, type Rate } from './rate.ts';

/** How much somebody may ask. */
export interface UseLimits {
  readonly rate: Rate | undefined;
  /** A second, longer limit that outlives a restart. */
  readonly quota: Rate | undefined;
}

interface Meter extends UseLimits {
  readonly buckets: readonly TokenBucket[];
  /** That of the quota, which is among them. */
  readonly quotaBucket: TokenBucket | undefined;
}

/** Counted at the same time; whoever was counted the longest ago goes first, and starts anew when it comes back. */
const MOST_METERS = 100_000;

/** Counts what keys and subjects ask, in this process and in others. */
export class Usage {
  readonly #source: Pick<KeySource, 'quotas' | 'spend'> | undefined;
  readonly #meters = new Map<string, Meter>();
  /** Uses that other processes do not know of yet. */
  readonly #counted = new Map<string, number>();
  /** Uses of quotas in this process that are not written yet. */
  #unspent = new Map<string, Spending>();
  /** What was left of quotas when they were read the last time. */
  #states: ReadonlyMap<string, QuotaState> = new Map();
  /** Limits of whoever has none of their own, by the beginning of the name. */
  readonly #defaults = new Map<string, UseLimits>();

  constructor(source: Pick<KeySource, 'quotas' | 'spend'> | undefined) {
    this.#source = source;
  }

  /** What everybody may ask whose name begins so. */
  limitAll(prefix: string, limits: UseLimits): void {
    this.#defaults.set(prefix, limits);
  }

  /** What is left of the quotas, from the store. */
  async read(nowMs: number): Promise<void> {
    if (this.#source) this.#restrict((this.#states = await this.#source.quotas()), nowMs);
  }

  /** Takes one use; RATE_LIMITED with the time to wait when the limits are used up. */
  take(id: string, limits: UseLimits, nowMs: number): void {
    const { rate, quota } = limits;
    if (!rate && !quota) return;
    for (const bucket of this.#meterOf(id, limits, nowMs).buckets) {
      const waitMs = bucket.take(nowMs);
      if (waitMs !== undefined) throw limited(id, limits, waitMs);
    }
    this.#counted.set(id, (this.#counted.get(id) ?? 0) + 1);
    if (quota) this.#unspent.set(id, { quota, count: (this.#unspent.get(id)?.count ?? 0) + 1 });
  }

  /** Uses since the last call, for other processes; undefined where there were none. */
  takeUses(): Readonly<Record<string, number>> | undefined {
    if (this.#counted.size === 0) return undefined;
    const uses = Object.fromEntries(this.#counted);
    this.#counted.clear();
    return uses;
  }

  /** What was used in other processes. */
  charge(uses: Readonly<Record<string, number>>, nowMs: number): void {
    for (const [id, count] of Object.entries(uses)) {
      const own = this.#defaults.entries().find(([prefix]) => id.startsWith(prefix))?.[1];
      const meter = this.#meters.get(id) ?? (own && this.#meterOf(id, own, nowMs));
      for (const bucket of meter?.buckets ?? []) bucket.charge(count);
    }
  }

  /** Writes how much of the quotas was used. */
  async flush(nowMs: number): Promise<void> {
    if (!this.#source) return;
    const spent = this.#unspent;
    this.#unspent = new Map();
    try {
      this.#restrict(await this.#source.spend(spent, nowMs), nowMs);
    } catch {
      // The database may be away for a moment.
      for (const [id, { quota, count }] of spent)
        this.#unspent.set(id, { quota, count: count + (this.#unspent.get(id)?.count ?? 0) });
    }
  }

  /** Other servers spend from the same quotas, and so did this one before it was started again. */
  #restrict(quotas: ReadonlyMap<string, QuotaState>, nowMs: number): void {
    for (const [id, state] of quotas) this.#meters.get(id)?.quotaBucket?.atMost(this.#left(id, state), state.at, nowMs);
  }

  #left(id: string, { tokens }: QuotaState): number {
    return tokens - (this.#unspent.get(id)?.count ?? 0);
  }

  #meterOf(id: string, { rate, quota }: UseLimits, nowMs: number): Meter {
    const before = this.#meters.get(id);
    if (before && before.rate?.text === rate?.text && before.quota?.text === quota?.text) return before;
    const quotaBucket = quota && new TokenBucket(quota, nowMs);
    const buckets = [rate && new TokenBucket(rate, nowMs), quotaBucket].filter((bucket) => bucket !== undefined);
    const state = this.#states.get(id);
    if (state) quotaBucket?.atMost(this.#left(id, state), state.at, nowMs);
    if (this.#meters.size >= MOST_METERS) this.#meters.delete(this.#meters.keys().next().value as string);
    const meter = { rate, quota, buckets, quotaBucket };
    this.#meters.set(id, meter);
    return meter;
  }
}

function limited(id: string, { rate, quota }: UseLimits, waitMs: number) {
  const limit = [rate, quota]
    .filter((one) => one !== undefined)
    .map(({ text }) => text)
    .join(' and ');
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return fail('RATE_LIMITED', { id, limit, seconds }, { retryAfter: seconds });
}
