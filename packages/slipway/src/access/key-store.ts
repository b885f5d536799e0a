import { fail } from '@slipway/core/errors';
import type { Row, RowStore, Statement } from '../stores/index.ts';
import { auditStatement, type Actor } from './audit.ts';
import { parseRate, type Rate } from './rate.ts';
import { inheritStatement } from './quota-store.ts';
import { grantText, parseGrant, type Grant } from './scope.ts';
import { newSecret } from './secret.ts';

/** A key as lists show it; the secret itself is nowhere. */
export interface Key {
  /** The visible beginning of the key: `slw_3f9c2a7b41d0`. */
  readonly id: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  /** Requests per time at most. */
  readonly rate: Rate | undefined;
  /** Rows or requests in a longer time at most. */
  readonly quota: Rate | undefined;
  /** ISO 8601, UTC, as all times. */
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly revokedAt: string | undefined;
  readonly lastUsedAt: string | undefined;
  /** The key that this one was made to replace. */
  readonly replaces: string | undefined;
}

/** What the server compares with. */
export interface StoredKey extends Key {
  /** Hex. */
  readonly sha256: string;
}

/** A key with its text, which is never shown again. */
export interface IssuedKey extends Key {
  readonly key: string;
}

export interface KeyOptions {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly rate?: Rate | undefined;
  readonly quota?: Rate | undefined;
  /** From now. */
  readonly lifetimeMs?: number | undefined;
}

const MOST_NAME = 200;
const printable = new RegExp(`^\\P{Cc}{1,${MOST_NAME}}$`, 'u');
/** Ten years. */
const MOST_LIFETIME_MS = 3_653 * 86_400_000;

/** Access keys in the database of a home folder. */
export class KeyStore {
  readonly #rows: RowStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, now: () => Date = () => new Date()) {
    this.#rows = rows;
    this.#now = now;
  }

  async create(options: KeyOptions, actor: Actor): Promise<IssuedKey> {
    checkOptions(options);
    return await this.#issue(options, actor, 'key.create');
  }

  /** A new key with the same rights; the old one ends after the overlap, in which clients change over. */
  async rotate(id: string, overlapMs: number, actor: Actor): Promise<IssuedKey> {
    const old = await this.get(id);
    if (stateOf(old, this.#now()) !== 'active')
      throw fail('CONFLICT', {
        problem: `The key ${id} is ${stateOf(old, this.#now())}; only an active key is rotated.`,
      });
    const end = new Date(this.#now().getTime() + overlapMs).toISOString();
    const lifetimeMs = old.expiresAt && Date.parse(old.expiresAt) - Date.parse(old.createdAt);
    const { name, grants, rate, quota } = old;
    return await this.#issue(
      { name, grants, rate, quota, lifetimeMs: lifetimeMs || undefined },
      actor,
      'key.rotate',
      old.id,
      [
        {
          sql: 'UPDATE keys SET expires_at = ? WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)',
          values: [end, old.id, end],
        },
      ],
    );
  }

  /** Ends a key at once, for good. Doing it again changes nothing. */
  async revoke(id: string, actor: Actor): Promise<Key> {
    const key = await this.get(id);
    const at = this.#now().toISOString();
    if (key.revokedAt === undefined) {
      await this.#rows.write([
        { sql: 'UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', values: [at, key.id] },
        auditStatement(actor, 'key.revoke', key.id, at, { name: key.name }),
      ]);
    }
    return await this.get(key.id);
  }

  /** By id, or by a name that only one active key has. KEY_NOT_FOUND. */
  async get(id: string): Promise<Key> {
    const all = await this.stored();
    const now = this.#now();
    const found =
      all.find((key) => key.id === id) ??
      single(
        all.filter((key) => key.name === id && stateOf(key, now) === 'active'),
        id,
      );
    if (!found) throw fail('KEY_NOT_FOUND', { id });
    return withoutHash(found);
  }

  /** The newest first. */
  async list(): Promise<Key[]> {
    return (await this.stored()).map(withoutHash);
  }

  /** All keys with what is compared. */
  async stored(): Promise<StoredKey[]> {
    return (await this.#rows.read('SELECT * FROM keys ORDER BY created_at DESC, id')).map(toKey);
  }

  /** Notes when keys were used last. */
  async touch(uses: ReadonlyMap<string, string>): Promise<void> {
    if (uses.size === 0) return;
    await this.#rows.write(
      [...uses].map(([id, at]) => ({ sql: 'UPDATE keys SET last_used_at = ? WHERE id = ?', values: [at, id] })),
    );
  }

  async #issue(
    { name, grants, rate, quota, lifetimeMs }: KeyOptions,
    actor: Actor,
    action: string,
    replaces?: string,
    more: readonly Statement[] = [],
  ): Promise<IssuedKey> {
    const { id, key, sha256 } = newSecret();
    const now = this.#now();
    const at = now.toISOString();
    const expiresAt = lifetimeMs === undefined ? undefined : new Date(now.getTime() + lifetimeMs).toISOString();
    const granted = grants.map(grantText);
    await this.#rows.write([
      {
        sql: `INSERT INTO keys (id, name, sha256, scopes, rate, quota, created_at, expires_at, replaces)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        values: [
          id,
          name,
          sha256,
          JSON.stringify(granted),
          rate?.text ?? null,
          quota?.text ?? null,
          at,
          expiresAt ?? null,
          replaces ?? null,
        ],
      },
      ...more,
      ...(replaces && quota ? [inheritStatement(id, replaces)] : []),
      auditStatement(actor, action, id, at, { name, scopes: granted, ...(replaces ? { replaces } : {}) }),
    ]);
    return { ...(await this.get(id)), key };
  }
}

/** `expired` and `revoked` keys are kept, so that old log entries still mean something. */
export function stateOf(key: Key, now: Date): 'active' | 'expired' | 'revoked' {
  if (key.revokedAt !== undefined) return 'revoked';
  return key.expiresAt !== undefined && Date.parse(key.expiresAt) <= now.getTime() ? 'expired' : 'active';
}

/** A key as JSON shows it. */
export function keyFacts(key: Key, now: Date) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.id,
    state: stateOf(key, now),
    scopes: key.grants.map(grantText),
    rate: key.rate?.text ?? null,
    quota: key.quota?.text ?? null,
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
    revoked_at: key.revokedAt ?? null,
    last_used_at: key.lastUsedAt ?? null,
    replaces: key.replaces ?? null,
  };
}

function checkOptions({ name, grants, lifetimeMs }: KeyOptions): void {
  if (name.trim() === '' || !printable.test(name))
    throw fail('INVALID_REQUEST', { problem: `name: expected 1 to ${MOST_NAME} printable characters.` });
  if (grants.length === 0)
    throw fail('INVALID_REQUEST', { problem: 'scopes: expected at least one, such as predict.' });
  if (lifetimeMs !== undefined && !(lifetimeMs > 0 && lifetimeMs <= MOST_LIFETIME_MS))
    throw fail('INVALID_REQUEST', { problem: 'expires_in: expected a time of at most ten years.' });
}

function single(keys: readonly StoredKey[], name: string): StoredKey | undefined {
  if (keys.length > 1)
    throw fail('CONFLICT', {
      problem: `${keys.length} active keys are named ${JSON.stringify(name)}; name one by its id: ${keys.map(({ id }) => id).join(', ')}.`,
    });
  return keys[0];
}

function withoutHash(stored: StoredKey): Key {
  const key: Key & { sha256?: string } = { ...stored };
  delete key.sha256;
  return key;
}

function toKey(row: Row): StoredKey {
  const text = (name: string) => (row[name] === null ? undefined : String(row[name]));
  const rate = (name: string) => (row[name] === null ? undefined : parseRate(String(row[name])));
  return {
    id: String(row['id']),
    name: String(row['name']),
    sha256: String(row['sha256']),
    grants: (JSON.parse(String(row['scopes'])) as string[]).map(parseGrant),
    rate: rate('rate'),
    quota: rate('quota'),
    createdAt: String(row['created_at']),
    expiresAt: text('expires_at'),
    revokedAt: text('revoked_at'),
    lastUsedAt: text('last_used_at'),
    replaces: text('replaces'),
  };
}
