import type { Row, RowStore, Statement } from '../stores/index.ts';

/** Who did something: a key's id, `local` for the command line and for an open server on loopback, `oidc:<subject>`. */
export interface Actor {
  readonly name: string;
  readonly requestId?: string | undefined;
}

export const localActor: Actor = { name: 'local' };

/** One management action. */
export interface AuditEntry {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly actor: string;
  /** `key.create`, `alias.set`, … */
  readonly action: string;
  /** `churn@champion`, the id of a key, … */
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly request_id?: string;
}

export interface AuditQuery {
  /** Only entries with a larger id. */
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

/** Written in one transaction with what it tells of: there is no action without its entry. Never holds secrets or rows. */
export function auditStatement(
  { name, requestId }: Actor,
  action: string,
  target: string,
  at: string,
  details: Readonly<Record<string, unknown>> = {},
): Statement {
  return {
    sql: 'INSERT INTO audit (at, actor, action, target, details, request_id) VALUES (?, ?, ?, ?, ?, ?)',
    values: [at, name, action, target, JSON.stringify(details), requestId ?? null],
  };
}

const MOST_ENTRIES = 1000;

/** Entries in the order in which they happened. */
export async function readAudit(
  rows: RowStore,
  { after = 0, limit = MOST_ENTRIES }: AuditQuery = {},
): Promise<AuditEntry[]> {
  const found = await rows.read('SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?', [
    after,
    Math.min(limit, MOST_ENTRIES),
  ]);
  return found.map(toEntry);
}

function toEntry(row: Row): AuditEntry {
  const requestId = row['request_id'];
  return {
    id: Number(row['id']),
    at: String(row['at']),
    actor: String(row['actor']),
    action: String(row['action']),
    target: String(row['target']),
    details: JSON.parse(String(row['details'])) as Record<string, unknown>,
    ...(requestId === null ? {} : { request_id: String(requestId) }),
  };
}
