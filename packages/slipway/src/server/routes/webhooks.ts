import { fail } from '@slipway/core/errors';
import { json, type Call, type Route } from '@slipway/core/protocols';
import type { Webhook, WebhookStore } from '../../registry/index.ts';
import { readFields } from './json-body.ts';
import { actorOf } from './keys.ts';

/** Webhooks of the registry. They reach out of the server, so they need the scope `admin`. */
export function webhookRoutes(webhooks: WebhookStore): Route[] {
  const id = (call: Call): string => call.params['id'] ?? '';
  const base = '/api/v1/webhooks';
  const one = `${base}/{id}`;
  return [
    {
      method: 'GET',
      path: base,
      access: 'admin',
      handle: async () => json({ webhooks: (await webhooks.list()).map(facts) }),
    },
    {
      method: 'POST',
      path: base,
      access: 'admin',
      async handle(call) {
        const given = readFields(call, { name: 'string', url: 'string', events: 'strings', model: 'string' });
        const { url, name = URL.parse(url ?? '')?.host.slice(0, 100) ?? '', events, model } = given;
        if (url === undefined) throw fail('INVALID_REQUEST', { problem: 'url: expected a string, received nothing.' });
        const made = await webhooks.create({ name, url, events, model }, actorOf(call));
        const reply = json({ ...facts(made.webhook), secret: made.secret }, 201);
        return { ...reply, headers: [...reply.headers, 'cache-control', 'no-store'] };
      },
    },
    { method: 'GET', path: one, access: 'admin', handle: async (call) => json(facts(await webhooks.get(id(call)))) },
    {
      method: 'DELETE',
      path: one,
      access: 'admin',
      async handle(call) {
        await webhooks.delete(id(call), actorOf(call));
        return json({ id: id(call), deleted: true });
      },
    },
    {
      method: 'POST',
      path: `${one}/test`,
      access: 'admin',
      handle: async (call) => json({ delivery: await webhooks.ping(id(call)) }, 202),
    },
    {
      method: 'GET',
      path: `${one}/deliveries`,
      access: 'admin',
      async handle(call) {
        const all = await webhooks.deliveries(id(call));
        const shown = all.map(({ createdAt, ...delivery }) => ({ ...delivery, created_at: createdAt }));
        return json({ deliveries: shown });
      },
    },
  ];
}

function facts({ id, name, url, events, model, isActive, createdAt }: Webhook): object {
  return { id, name, url, events, model, active: isActive, created_at: createdAt };
}
