import type { Row, RowStore, Statement } from '../stores/index.ts';
import type { Rate } from './rate.ts';

/** What is left of a quota, and when that was so. */
export interface QuotaState {
  /** May be below zero: several servers spend at once and write now and then. */
  readonly tokens: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What a key used since the last time. */
export interface Spending {
  readonly quota: Rate;
  readonly count: number;
}

/**
 * What is left of the quotas of keys, so that a restart refills none of them. All servers of a home folder spend from the
 * same quotas.
 */
export class QuotaStore {
  readonly #rows: RowStore;

  constructor(rows: RowStore) {
    this.#rows = rows;
  }

  /** Of the keys that ever used some of theirs. */
  async states(): Promise<Map<string, QuotaState>> {
    return toStates(await this.#rows.read('SELECT key_id, tokens, at FROM quotas'));
  }

  /** Takes what was used, whoever else does so at the same time; gives what is left. */
  async spend(uses: ReadonlyMap<string, Spending>, nowMs: number): Promise<Map<string, QuotaState>> {
    if (uses.size === 0) return new Map();
    const written = await this.#rows.write([...uses].map(([id, use]) => spendStatement(id, use, nowMs)));
    return toStates(written.flat());
  }
}

/** A new key goes on with what is left to the one that it replaces. */
export function inheritStatement(id: string, replaced: string): Statement {
  return {
    sql: 'INSERT INTO quotas (key_id, tokens, at) SELECT ?, tokens, at FROM quotas WHERE key_id = ?',
    values: [id, replaced],
  };
}

/** A bucket as {@link TokenBucket} has it, filled and emptied where it lies. */
function spendStatement(id: string, { quota, count }: Spending, nowMs: number): Statement {
  const filled = 'quotas.tokens + (CASE WHEN ? > quotas.at THEN ? - quotas.at ELSE 0 END) * ?';
  const cap = quota.count;
  const perMs = cap / quota.periodMs;
  return {
    sql: `INSERT INTO quotas (key_id, tokens, at) VALUES (?, ?, ?)
      ON CONFLICT (key_id) DO UPDATE SET
        tokens = (CASE WHEN ${filled} < ? THEN ${filled} ELSE ? END) - ?,
        at = CASE WHEN ? > quotas.at THEN ? ELSE quotas.at END
      RETURNING key_id, tokens, at`,
    values: [id, cap - count, nowMs, nowMs, nowMs, perMs, cap, nowMs, nowMs, perMs, cap, count, nowMs, nowMs],
  };
}

function toStates(rows: readonly Row[]): Map<string, QuotaState> {
  return new Map(rows.map((row) => [String(row['key_id']), { tokens: Number(row['tokens']), at: Number(row['at']) }]));
}
