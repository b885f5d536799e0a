import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import { registryEvents, type Home } from '../../registry/index.ts';
import type { Command, Context } from '../command.ts';
import { table } from '../table.ts';
import { shortTime, withHome } from '../with-registry.ts';

type Action = (context: Context, home: Home, which: string) => Promise<number>;
const actions: Readonly<Record<string, Action>> = { create, list, delete: remove, test, deliveries };

/** `slipway webhooks create|list|delete|test|deliveries` */
export const webhooks: Command = {
  name: 'webhooks',
  summary: 'tell other programs of changes in the registry',
  about: `A webhook is an address that "slipway up" calls with a signed JSON message when something happens: ${registryEvents.join(', ')}.

What is not answered with 2xx is sent again after 5 s, 30 s, 2 min, 10 min and an hour. The signature is x-slipway-signature: "v1," and the
HMAC-SHA256 of DELIVERY.TIMESTAMP.BODY under the secret, in base64. Addresses must be public and https, or allowed by --webhook-allow of the server.`,
  args: [
    { name: 'ACTION', help: 'create, list, delete, test or deliveries.' },
    { name: 'WHICH', help: 'create: the address; delete, test, deliveries: the id (wh_…).', optional: true },
  ],
  flags: [
    { name: 'name', value: 'NAME', help: 'create: a name for the list (default: the host).', env: false },
    { name: 'events', value: 'EVENTS', help: 'create: only these, with commas between.', env: false },
    { name: 'model', value: 'MODEL', help: 'create: only of this model.', env: false },
  ],
  examples: [
    { run: 'slipway webhooks create https://ci.example/hook --events version.imported', does: 'Shows the secret once' },
    { run: 'slipway webhooks deliveries wh_0123456789abcdef', does: 'What was sent, and what was answered' },
  ],
  async run(context) {
    const [action = '', which = ''] = context.args;
    const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!run || (which === '' && action !== 'list'))
      throw fail('USAGE', {
        problem: run ? 'WHICH is missing.' : `${JSON.stringify(action)} is no action.`,
        advice: 'Write `slipway webhooks create URL`, `list`, `delete ID`, `test ID` or `deliveries ID`.',
      });
    return await withHome(context.home, (home) => run(context, home, which));
  },
};

async function create({ flags, json, terminal }: Context, home: Home, url: string): Promise<number> {
  const name = flags.text('name') ?? URL.parse(url)?.host.slice(0, 100) ?? url;
  const events = flags.text('events')?.split(',').filter(Boolean);
  const { webhook, secret } = await home.webhooks.create({ name, url, events, model: flags.text('model') }, localActor);
  if (json) terminal.printJson({ ...webhook, secret });
  else terminal.print(`${webhook.id}   ${webhook.url}\nsecret   ${secret}   (shown only here)`);
  return 0;
}

async function list({ json, terminal }: Context, home: Home): Promise<number> {
  const all = await home.webhooks.list();
  if (json) terminal.printJson(all);
  else if (all.length === 0) terminal.say('There is no webhook.');
  else {
    const rows = all.map(({ id, name, url, model, createdAt }) => [id, name, url, model ?? '-', shortTime(createdAt)]);
    terminal.print(
      table([['id', 'name', 'address', 'model', 'made'], ...rows], (text) => terminal.style('bold', text)),
    );
  }
  return 0;
}

async function remove({ json, terminal }: Context, home: Home, id: string): Promise<number> {
  await home.webhooks.delete(id, localActor);
  if (json) terminal.printJson({ id, deleted: true });
  else terminal.print(`${id} is deleted`);
  return 0;
}

async function test({ json, terminal }: Context, home: Home, id: string): Promise<number> {
  const delivery = await home.webhooks.ping(id);
  if (json) terminal.printJson({ id, delivery });
  else terminal.print(`A running server sends ${delivery}; see \`slipway webhooks deliveries ${id}\`.`);
  return 0;
}

async function deliveries({ json, terminal }: Context, home: Home, id: string): Promise<number> {
  const all = await home.webhooks.deliveries(id);
  if (json) terminal.printJson(all);
  else if (all.length === 0) terminal.say('Nothing was sent yet.');
  else {
    const rows = all.map(({ event, state, attempts, status, problem, createdAt }) => [
      shortTime(createdAt),
      event,
      state,
      String(attempts),
      problem ?? String(status ?? '-'),
    ]);
    terminal.print(
      table([['when', 'event', 'state', 'tries', 'answer'], ...rows], (text) => terminal.style('bold', text)),
    );
  }
  return 0;
}
