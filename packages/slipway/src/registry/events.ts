import { randomUUID } from 'node:crypto';
import type { Statement } from '../stores/index.ts';

/** What webhooks may be told of. */
export const registryEvents = [
  'model.created',
  'model.deleted',
  'version.created',
  'version.imported',
  'version.refused',
  'version.deleted',
  'version.stage_changed',
  'alias.set',
  'alias.deleted',
] as const;

export type RegistryEvent = (typeof registryEvents)[number];

/** When an event counts, and which version it is about where only the database knows the number. */
export interface EventOptions {
  /** The newest version of the model with this digest, which was made at this very moment; without it there is no event. */
  readonly madeBy?: { readonly digest: string } | undefined;
  /** The newest version of the model. */
  readonly isNewest?: boolean | undefined;
}

/**
 * Notes an event for every webhook that wants it, in the transaction of the change itself: there is no change without its
 * deliveries, and none of what did not happen.
 */
export function eventStatement(
  event: RegistryEvent,
  model: string,
  data: Readonly<Record<string, unknown>>,
  at: string,
  { madeBy, isNewest }: EventOptions = {},
): Statement[] {
  const payload = JSON.stringify({ event, model, at, ...(madeBy || isNewest ? { version: 0 } : {}), data });
  const digest = madeBy?.digest ?? null;
  const number = `(SELECT max(v.number) FROM versions v JOIN models m ON m.id = v.model_id
    WHERE m.name = ? AND (? IS NULL OR (v.digest = ? AND v.created_at = ?)))`;
  const about = [model, digest, digest, at];
  return [
    {
      sql: `INSERT INTO webhook_deliveries (id, webhook_id, event, payload, created_at, attempts, state, next_at)
        SELECT ? || '-' || id, id, ?, replace(?, '"version":0', '"version":' || coalesce(${number}, 0)), ?, 0, 'pending', ?
        FROM webhooks WHERE is_active = 1 AND (model IS NULL OR model = ?) AND events LIKE ?
          AND (? IS NULL OR ${number} IS NOT NULL)`,
      values: [randomUUID(), event, payload, ...about, at, at, model, `%"${event}"%`, digest, ...about],
    },
  ];
}
