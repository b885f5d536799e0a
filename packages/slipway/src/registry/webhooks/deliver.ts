import { SlipwayError } from '@slipway/core/errors';
import { callWebhook } from './call.ts';
import { admitWebhook } from './guard.ts';
import type { DueDelivery, WebhookStore } from './store.ts';

const AT_ONCE = 8;

/** Sends all messages that are due, and notes how it went. */
export async function deliverDue(store: WebhookStore, allowed: readonly string[], now: () => Date): Promise<void> {
  for (;;) {
    const due = await store.claim(AT_ONCE);
    if (due.length === 0) return;
    await Promise.all(due.map((delivery) => deliver(store, delivery, allowed, now)));
  }
}

async function deliver(
  store: WebhookStore,
  delivery: DueDelivery,
  allowed: readonly string[],
  now: () => Date,
): Promise<void> {
  const { id, url, event, body, secret } = delivery;
  try {
    const target = await admitWebhook(url, allowed);
    const timestamp = Math.floor(now().getTime() / 1000);
    const status = await callWebhook(target, { id, event, body, secret, timestamp });
    const isDone = status >= 200 && status < 300;
    await store.record(delivery, status, isDone ? null : `it answers ${status}`);
  } catch (error) {
    const problem = error instanceof SlipwayError ? error.message : (error as Error).message || String(error);
    await store.record(delivery, null, problem.slice(0, 500));
  }
}
