import { randomBytes, randomUUID } from 'node:crypto';
import { fail } from '@slipway/core/errors';
import { auditStatement, type Actor } from '../../access/index.ts';
import type { Row, RowStore } from '../../stores/index.ts';
import { registryEvents } from '../events.ts';
import { checkModelName } from '../reference.ts';
import { checkWebhookUrl } from './url.ts';

/** Somebody who wants to hear of changes. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  /** Only of this model; null: of every model. */
  readonly model: string | null;
  readonly isActive: boolean;
  readonly createdAt: string;
}

/** One message to one webhook. */
export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly createdAt: string;
  readonly attempts: number;
  readonly state: 'pending' | 'delivered' | 'failed';
  /** Of the last answer. */
  readonly status: number | null;
  readonly problem: string | null;
  readonly payload: unknown;
}

/** A message that is due. */
export interface DueDelivery {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly event: string;
  readonly body: string;
  readonly attempts: number;
}

/** Pauses between tries; after the last one it has failed. */
const PAUSES_S = [5, 30, 120, 600, 3600];
const CLAIM_MS = 60_000;
const KEEP_DELIVERIES = 1000;

/** Webhooks and their messages, in the database: a message is sent at least once, whoever dies meanwhile. */
export class WebhookStore {
  readonly #rows: RowStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, now: () => Date) {
    this.#rows = rows;
    this.#now = now;
  }

  /** Makes a webhook; its secret, for checking signatures, is shown here for the only time. */
  async create(
    given: {
      readonly name: string;
      readonly url: string;
      readonly events?: readonly string[] | undefined;
      readonly model?: string | undefined;
    },
    actor: Actor,
  ): Promise<{ readonly webhook: Webhook; readonly secret: string }> {
    const { name, url, events = registryEvents, model } = given;
    checkWebhookUrl(url);
    if (!/^[^\p{Cc}]{1,100}$/u.test(name.trim()))
      throw fail('INVALID_REQUEST', { problem: 'name: expected 1 to 100 characters.' });
    if (model !== undefined) checkModelName(model);
    const unknown = events.find((event) => !(registryEvents as readonly string[]).includes(event));
    if (unknown !== undefined || events.length === 0)
      throw fail('INVALID_REQUEST', {
        problem: `events: expected some of ${registryEvents.join(', ')}, received ${JSON.stringify(unknown ?? [])}.`,
      });
    const id = `wh_${randomBytes(8).toString('hex')}`;
    const secret = `whs_${randomBytes(24).toString('base64url')}`;
    const at = this.#now().toISOString();
    await this.#rows.write([
      {
        sql: `INSERT INTO webhooks (id, name, url, events, model, secret, is_active, created_at)
          VALUES (?, ?, ?, ?, ?, ?, 1, ?)`,
        values: [id, name, url, JSON.stringify([...new Set(events)]), model ?? null, secret, at],
      },
      auditStatement(actor, 'webhook.create', id, at, { name, url }),
    ]);
    return { webhook: await this.get(id), secret };
  }

  async list(): Promise<Webhook[]> {
    return (await this.#rows.read('SELECT * FROM webhooks ORDER BY created_at, id')).map(toWebhook);
  }

  /** WEBHOOK_NOT_FOUND when there is none. */
  async get(id: string): Promise<Webhook> {
    const [row] = await this.#rows.read('SELECT * FROM webhooks WHERE id = ?', [id]);
    if (!row) throw fail('WEBHOOK_NOT_FOUND', { id });
    return toWebhook(row);
  }

  async delete(id: string, actor: Actor): Promise<void> {
    await this.get(id);
    await this.#rows.write([
      { sql: 'DELETE FROM webhook_deliveries WHERE webhook_id = ?', values: [id] },
      { sql: 'DELETE FROM webhooks WHERE id = ?', values: [id] },
      auditStatement(actor, 'webhook.delete', id, this.#now().toISOString()),
    ]);
  }

  /** Sends a message that says nothing, to see whether it arrives. */
  async ping(id: string): Promise<string> {
    await this.get(id);
    const at = this.#now().toISOString();
    const delivery = randomUUID();
    await this.#rows.write([
      {
        sql: `INSERT INTO webhook_deliveries (id, webhook_id, event, payload, created_at, attempts, state, next_at)
          VALUES (?, ?, 'ping', ?, ?, 0, 'pending', ?)`,
        values: [delivery, id, JSON.stringify({ event: 'ping', at }), at, at],
      },
    ]);
    return delivery;
  }

  /** The newest messages of a webhook. */
  async deliveries(id: string): Promise<Delivery[]> {
    await this.get(id);
    const rows = await this.#rows.read(
      'SELECT * FROM webhook_deliveries WHERE webhook_id = ? ORDER BY created_at DESC, id LIMIT 100',
      [id],
    );
    return rows.map((row) => ({
      id: String(row['id']),
      event: String(row['event']),
      createdAt: String(row['created_at']),
      attempts: Number(row['attempts']),
      state: String(row['state']) as Delivery['state'],
      status: row['status'] as number | null,
      problem: row['problem'] as string | null,
      payload: JSON.parse(String(row['payload'])) as unknown,
    }));
  }

  /** Messages that are due, claimed for a minute: another process does not send them meanwhile. */
  async claim(most: number): Promise<DueDelivery[]> {
    const now = this.#now();
    const due = `state = 'pending' AND next_at <= ?`;
    const waiting = await this.#rows.read(`SELECT 1 FROM webhook_deliveries WHERE ${due} LIMIT 1`, [now.toISOString()]);
    if (waiting.length === 0) return [];
    const [claimed = []] = await this.#rows.write([
      {
        sql: `UPDATE webhook_deliveries SET next_at = ?, attempts = attempts + 1 WHERE id IN (
            SELECT id FROM webhook_deliveries WHERE ${due} ORDER BY next_at LIMIT ?)
          RETURNING id, event, payload, attempts,
            (SELECT url FROM webhooks w WHERE w.id = webhook_id) AS url,
            (SELECT secret FROM webhooks w WHERE w.id = webhook_id) AS secret`,
        values: [new Date(now.getTime() + CLAIM_MS).toISOString(), now.toISOString(), most],
      },
    ]);
    return claimed.map((row) => ({
      id: String(row['id']),
      url: String(row['url']),
      secret: String(row['secret']),
      event: String(row['event']),
      body: String(row['payload']),
      attempts: Number(row['attempts']),
    }));
  }

  /** Notes how a try went: done, once more later, or given up. */
  async record({ id, attempts }: DueDelivery, status: number | null, problem: string | null): Promise<void> {
    const now = this.#now();
    const isDone = status !== null && status >= 200 && status < 300;
    const pause = PAUSES_S[attempts - 1];
    const state = isDone ? 'delivered' : pause === undefined ? 'failed' : 'pending';
    const next = new Date(now.getTime() + (pause ?? 0) * 1000).toISOString();
    await this.#rows.write([
      {
        sql: 'UPDATE webhook_deliveries SET state = ?, next_at = ?, status = ?, problem = ? WHERE id = ?',
        values: [state, next, status, problem, id],
      },
      {
        sql: `DELETE FROM webhook_deliveries WHERE state <> 'pending' AND id IN (SELECT id FROM webhook_deliveries d
          WHERE d.webhook_id = (SELECT webhook_id FROM webhook_deliveries WHERE id = ?)
          ORDER BY created_at DESC LIMIT -1 OFFSET ${KEEP_DELIVERIES})`,
        values: [id],
      },
    ]);
  }
}

function toWebhook(row: Row): Webhook {
  return {
    id: String(row['id']),
    name: String(row['name']),
    url: String(row['url']),
    events: JSON.parse(String(row['events'])) as string[],
    model: row['model'] as string | null,
    isActive: row['is_active'] === 1,
    createdAt: String(row['created_at']),
  };
}
