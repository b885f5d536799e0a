import { fail } from '@slipway/core/errors';
import { keyFacts, localActor, parseGrant, parseRate, type IssuedKey, type Key } from '../../access/index.ts';
import { readDuration } from '../../config/index.ts';
import { openHome, type Home } from '../../registry/index.ts';
import type { Command, Context } from '../command.ts';
import { table } from '../table.ts';
import { shortTime } from '../with-registry.ts';

const actions: Readonly<Record<string, (context: Context, home: Home, which: string | undefined) => Promise<number>>> =
  {
    create,
    list,
    rotate,
    revoke,
  };

/** `slipway keys create|list|rotate|revoke` */
export const keys: Command = {
  name: 'keys',
  summary: 'create, list, rotate and revoke access keys',
  about: `A key lets a client in: it is sent as "Authorization: Bearer slw_…" or "X-API-Key: slw_…". It is shown once, when it is made; only
its hash is stored. As soon as there is a key, a server of this home folder answers nobody without one, and it may listen on any address.

Scopes: predict; read (models, metrics, pages); write (import, and read); deploy (aliases and endpoints, and read); admin (keys, audit,
and everything else). Each may be bound to a model: predict:churn, read:churn-*. A running server follows within a second.`,
  args: [
    { name: 'ACTION', help: 'create, list, rotate or revoke.' },
    {
      name: 'NAME',
      help: 'create: a name for the list; rotate, revoke: the name or the id (slw_…) of a key.',
      optional: true,
    },
  ],
  flags: [
    { name: 'scope', value: 'SCOPES', help: 'What it may do, with commas between (default: predict).', env: false },
    { name: 'model', value: 'MODELS', help: 'Bind the scopes to these models, with commas between.', env: false },
    { name: 'expires', value: 'TIME', help: 'Ends after this time, such as 90d.', env: false },
    { name: 'rate', value: 'RATE', help: 'Requests per time at most, such as 100/s.', env: false },
    { name: 'quota', value: 'RATE', help: 'A second, longer limit, such as 1000000/day.', env: false },
    { name: 'overlap', value: 'TIME', help: 'rotate: how long the old key still works (default: 24h).', env: false },
  ],
  examples: [
    { run: 'slipway keys create shop --scope predict:churn --expires 90d', does: 'A key for one client and one model' },
    { run: 'slipway keys create ops --scope admin', does: 'A key that manages keys over HTTP' },
    { run: 'slipway keys list', does: 'All keys, and when they were used last' },
    { run: 'slipway keys rotate shop --overlap 2h', does: 'A new key; the old one works for two more hours' },
    { run: 'slipway keys revoke shop', does: 'End it at once' },
  ],
  async run(context) {
    const [action = '', which] = context.args;
    const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!run)
      throw fail('USAGE', {
        problem: `${JSON.stringify(action)} is no action.`,
        advice: 'Write `slipway keys create NAME`, `keys list`, `keys rotate NAME` or `keys revoke NAME`.',
      });
    const home = await openHome({ home: context.home, thread: 'inline' });
    try {
      return await run(context, home, which);
    } finally {
      await home.close();
    }
  },
};

async function create(context: Context, home: Home, which: string | undefined): Promise<number> {
  const { flags } = context;
  const name = named(which, 'create');
  const models = listOf(flags.text('model'));
  const grants = (listOf(flags.text('scope')) ?? ['predict']).flatMap((scope) =>
    models && !scope.includes(':') ? models.map((model) => `${scope}:${model}`) : [scope],
  );
  const rate = (flag: string) => {
    const text = flags.text(flag);
    return text === undefined ? undefined : parseRate(text);
  };
  const issued = await home.keys.create(
    {
      name,
      grants: grants.map(parseGrant),
      rate: rate('rate'),
      quota: rate('quota'),
      lifetimeMs: duration(context, 'expires'),
    },
    localActor,
  );
  return show(context, issued);
}

async function list({ json, terminal }: Context, home: Home): Promise<number> {
  const facts = (await home.keys.list()).map((key) => keyFacts(key, new Date()));
  if (json) terminal.printJson(facts);
  else if (!facts.length)
    terminal.say('No key is defined: a server is open to programs on this machine. Make one: slipway keys create NAME');
  else {
    const time = (text: string | null) => (text === null ? '-' : shortTime(text));
    const rows = facts.map((key) => [
      key.id,
      key.name,
      key.state,
      key.scopes.join(', '),
      [key.rate, key.quota].filter((limit) => limit !== null).join(', ') || '-',
      time(key.expires_at),
      time(key.last_used_at),
    ]);
    const heading = ['id', 'name', 'state', 'scopes', 'limits', 'expires', 'last used'];
    terminal.print(table([heading, ...rows], (text) => terminal.style('bold', text)));
  }
  return 0;
}

async function rotate(context: Context, home: Home, which: string | undefined): Promise<number> {
  const overlapMs = duration(context, 'overlap') ?? 24 * 3_600_000;
  return show(context, await home.keys.rotate(named(which, 'rotate'), overlapMs, localActor));
}

async function revoke({ json, terminal }: Context, home: Home, which: string | undefined): Promise<number> {
  const key: Key = await home.keys.revoke(named(which, 'revoke'), localActor);
  if (json) terminal.printJson(keyFacts(key, new Date()));
  else terminal.print(`${key.name} (${key.id}) is revoked`);
  return 0;
}

function show({ json, terminal }: Context, { key, ...facts }: IssuedKey): number {
  if (json) {
    terminal.printJson({ ...keyFacts(facts, new Date()), key });
    return 0;
  }
  terminal.print(key);
  terminal.say(`This is the only time that the key of ${facts.name} is shown. Keep it where secrets belong.`);
  return 0;
}

function named(which: string | undefined, action: string): string {
  if (which !== undefined) return which;
  throw fail('USAGE', { problem: 'NAME is missing.', advice: `Write \`slipway keys ${action} NAME\`.` });
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function duration({ flags }: Context, flag: string): number | undefined {
  return readDuration(`--${flag}`, flags.text(flag), (problem) =>
    fail('USAGE', { problem, advice: 'See `slipway keys --help`.' }),
  );
}
