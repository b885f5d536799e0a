import { fail } from '@slipway/core/errors';
import type { KeySource } from './key-source.ts';
import { stateOf, type StoredKey } from './key-store.ts';
import { Principal } from './principal.ts';
import type { QuotaState, Spending } from './quota-store.ts';
import { TokenBucket, type Rate } from './rate.ts';
import { idOf, matches } from './secret.ts';

/** Compared when there is no such key, so that the time tells nothing. */
const NOBODY = '0'.repeat(64);
/** How often the times of last use are written. */
const TOUCH_MS = 10_000;

interface Entry {
  readonly key: StoredKey;
  readonly expires: number;
  readonly principal: Principal;
  readonly buckets: readonly TokenBucket[];
  /** That of the quota, which is among them. */
  readonly quota: TokenBucket | undefined;
}

/**
 * The keys of a home folder in memory: checking one waits for nothing. Changes by any process are seen at the next reload.
 */
export class Keyring {
  readonly #source: KeySource;
  readonly #now: () => Date;
  readonly #used = new Map<string, Date>();
  readonly #counted = new Map<string, number>();
  /** Uses of quotas in this process that are not written yet. */
  #unspent = new Map<string, Spending>();
  readonly #timer: NodeJS.Timeout;
  readonly #unwatch: () => void;
  #entries = new Map<string, Entry>();
  /** There was at least one key that is not revoked: the server is closed to whoever has none. */
  #isClosed = false;

  constructor(source: KeySource, now: () => Date = () => new Date()) {
    this.#source = source;
    this.#now = now;
    this.#unwatch = source.watch(() => void this.reload().catch(() => undefined));
    this.#timer = setInterval(() => void this.flush(), TOUCH_MS);
    this.#timer.unref();
  }

  /** False while no key is defined. Expired keys count: a server does not open because a key ran out. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Reads the keys again. A failure keeps those that are known. */
  async reload(): Promise<void> {
    const [keys, quotas] = await Promise.all([this.#source.stored(), this.#source.quotas()]);
    const now = this.#now().getTime();
    this.#isClosed = keys.some(({ revokedAt }) => revokedAt === undefined);
    this.#entries = new Map(
      keys.filter(({ revokedAt }) => revokedAt === undefined).map((key) => [key.id, this.#entryOf(key, now)]),
    );
    this.#restrict(quotas);
  }

  /** Who has this key. UNAUTHENTICATED says the same of every wrong one; RATE_LIMITED when its limits are used up. */
  authenticate(text: string): Principal {
    const given = idOf(text);
    const entry = given === undefined ? undefined : this.#entries.get(given);
    const isRight = matches(text, entry?.key.sha256 ?? NOBODY);
    const now = this.#now();
    if (!entry || !isRight || !(now.getTime() < entry.expires))
      throw fail('UNAUTHENTICATED', { problem: 'The key is not valid.' });
    for (const bucket of entry.buckets) {
      const waitMs = bucket.take(now.getTime());
      if (waitMs !== undefined) throw limited(entry.key, waitMs);
    }
    if (entry.buckets.length > 0) this.#counted.set(entry.key.id, (this.#counted.get(entry.key.id) ?? 0) + 1);
    this.#used.set(entry.key.id, now);
    const { id, quota } = entry.key;
    if (quota) this.#unspent.set(id, { quota, count: (this.#unspent.get(id)?.count ?? 0) + 1 });
    return entry.principal;
  }

  /** Requests of keys with limits since the last call, for other processes; undefined where there were none. */
  takeUses(): Readonly<Record<string, number>> | undefined {
    if (this.#counted.size === 0) return undefined;
    const uses = Object.fromEntries(this.#counted);
    this.#counted.clear();
    return uses;
  }

  /** What keys used in other processes. */
  charge(uses: Readonly<Record<string, number>>): void {
    for (const [id, count] of Object.entries(uses))
      for (const bucket of this.#entries.get(id)?.buckets ?? []) bucket.charge(count);
  }

  /** Writes when keys were used, and how much of their quotas. */
  async flush(): Promise<void> {
    const uses = new Map([...this.#used].map(([id, at]) => [id, at.toISOString()]));
    this.#used.clear();
    // The database may be away for a moment; the next use is noted again.
    await this.#source.touch(uses).catch(() => undefined);
    const spent = this.#unspent;
    this.#unspent = new Map();
    try {
      this.#restrict(await this.#source.spend(spent, this.#now().getTime()));
    } catch {
      for (const [id, { quota, count }] of spent)
        this.#unspent.set(id, { quota, count: count + (this.#unspent.get(id)?.count ?? 0) });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#unwatch();
    await this.flush();
  }

  /** Other servers spend from the same quotas, and so did this one before it was started again. */
  #restrict(quotas: ReadonlyMap<string, QuotaState>): void {
    const now = this.#now().getTime();
    for (const [id, { tokens, at }] of quotas)
      this.#entries.get(id)?.quota?.atMost(tokens - (this.#unspent.get(id)?.count ?? 0), at, now);
  }

  #entryOf(key: StoredKey, now: number): Entry {
    const before = this.#entries.get(key.id);
    const isSame = before?.key.rate?.text === key.rate?.text && before?.key.quota?.text === key.quota?.text;
    const bucketOf = (rate: Rate | undefined) => rate && new TokenBucket(rate, now);
    const rate = bucketOf(key.rate);
    const quota = bucketOf(key.quota);
    return {
      key,
      expires: stateOf(key, this.#now()) === 'expired' ? -Infinity : Date.parse(key.expiresAt ?? '') || Infinity,
      principal: new Principal(key.id, key.grants),
      ...(before && isSame
        ? { buckets: before.buckets, quota: before.quota }
        : { buckets: [rate, quota].filter((bucket) => bucket !== undefined), quota }),
    };
  }
}

function limited({ id, rate, quota }: StoredKey, waitMs: number) {
  const limit = [rate, quota]
    .filter((one) => one !== undefined)
    .map(({ text }) => text)
    .join(' and ');
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return fail('RATE_LIMITED', { id, limit, seconds }, { retryAfter: seconds });
}
