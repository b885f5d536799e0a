import { fail } from '@slipway/core/errors';
import type { KeySource } from './key-source.ts';
import { stateOf, type StoredKey } from './key-store.ts';
import { Principal } from './principal.ts';
import { idOf, matches } from './secret.ts';
import { Usage } from './usage.ts';

/** Compared when there is no such key, so that the time tells nothing. */
const NOBODY = '0'.repeat(64);
/** How often the times of last use are written. */
const TOUCH_MS = 10_000;

interface Entry {
  readonly key: StoredKey;
  readonly expires: number;
  readonly principal: Principal;
}

/**
 * The keys of a home folder in memory: checking one waits for nothing. Changes by any process are seen at the next reload.
 */
export class Keyring {
  readonly #source: KeySource;
  readonly #now: () => Date;
  readonly #used = new Map<string, Date>();
  /** What keys ask, and others whom this server knows. */
  readonly usage: Usage;
  readonly #timer: NodeJS.Timeout;
  readonly #unwatch: () => void;
  #entries = new Map<string, Entry>();
  /** There was at least one key that is not revoked: the server is closed to whoever has none. */
  #isClosed = false;

  constructor(source: KeySource, now: () => Date = () => new Date()) {
    this.#source = source;
    this.#now = now;
    this.usage = new Usage(source);
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
    const [keys] = await Promise.all([this.#source.stored(), this.usage.read(this.#now().getTime())]);
    this.#isClosed = keys.some(({ revokedAt }) => revokedAt === undefined);
    this.#entries = new Map(
      keys.filter(({ revokedAt }) => revokedAt === undefined).map((key) => [key.id, this.#entryOf(key)]),
    );
  }

  /** Who has this key. UNAUTHENTICATED says the same of every wrong one; RATE_LIMITED when its limits are used up. */
  authenticate(text: string): Principal {
    const now = this.#now();
    const { key, principal } = this.#entryFor(text, now);
    this.usage.take(key.id, key, now.getTime());
    this.#used.set(key.id, now);
    return principal;
  }

  /** The same without counting it as a use. */
  identify(text: string): Principal {
    return this.#entryFor(text, this.#now()).principal;
  }

  #entryFor(text: string, now: Date): Entry {
    const given = idOf(text);
    const entry = given === undefined ? undefined : this.#entries.get(given);
    const isRight = matches(text, entry?.key.sha256 ?? NOBODY);
    if (!entry || !isRight || !(now.getTime() < entry.expires))
      throw fail('UNAUTHENTICATED', { problem: 'The key is not valid.' });
    return entry;
  }

  /** Writes when keys were used, and how much of their quotas. */
  async flush(): Promise<void> {
    const uses = new Map([...this.#used].map(([id, at]) => [id, at.toISOString()]));
    this.#used.clear();
    // The database may be away for a moment; the next use is noted again.
    await this.#source.touch(uses).catch(() => undefined);
    await this.usage.flush(this.#now().getTime());
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#unwatch();
    await this.flush();
  }

  #entryOf(key: StoredKey): Entry {
    return {
      key,
      expires: stateOf(key, this.#now()) === 'expired' ? -Infinity : Date.parse(key.expiresAt ?? '') || Infinity,
      principal: new Principal(key.id, key.grants),
    };
  }
}
