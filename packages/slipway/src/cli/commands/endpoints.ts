import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import { readDuration } from '../../config/index.ts';
import {
  openHome,
  paused,
  promoted,
  type Endpoint,
  type EndpointSpec,
  type EndpointStore,
} from '../../registry/index.ts';
import type { Command, Context } from '../command.ts';
import { table } from '../table.ts';
import { shortTime } from '../with-registry.ts';

type Action = (context: Context, store: EndpointStore, name: string, rest: readonly string[]) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { list, show, set, promote, pause, resume, rollback, delete: remove };

/** `slipway endpoints list|show|set|promote|pause|resume|rollback|delete` */
export const endpoints: Command = {
  name: 'endpoints',
  summary: 'shift traffic between versions: canary, A/B, shadow, rollback',
  about: `An endpoint is a name that clients ask (POST /predict/NAME) and that leads to several versions by weight. The first target is the stable
one. Shadows get copies of the requests; their answers are compared and counted, never returned. A target that passes a limit is paused by
itself. Every change is a revision that can be taken back. Running servers follow within a second.`,
  args: [
    { name: 'ACTION', help: 'list, show, set, promote, pause, resume, rollback or delete.' },
    { name: 'NAME', help: 'Name of the endpoint.', optional: true },
    {
      name: 'VERSION',
      help: 'set: versions with their weights, such as churn:3=90 churn:4=10; else one version.',
      optional: true,
      many: true,
    },
  ],
  flags: [
    { name: 'shadow', value: 'VERSIONS', help: 'set: versions that get copies, with commas between.', env: false },
    {
      name: 'sticky',
      value: 'WHAT',
      help: 'set: header:NAME or column:NAME; the same value gets the same version.',
      env: false,
    },
    {
      name: 'max-error-rate',
      value: 'P',
      type: 'number',
      help: 'set: pause a target above this share of failures, such as 0.02.',
      env: false,
    },
    {
      name: 'max-p99',
      value: 'TIME',
      help: 'set: pause a target above this 99th percentile, such as 50ms.',
      env: false,
    },
    {
      name: 'min-requests',
      value: 'N',
      type: 'number',
      help: 'set: judge a target only after so many (default: 100).',
      env: false,
    },
    { name: 'window', value: 'TIME', help: 'set: judge the requests of this time (default: 60s).', env: false },
  ],
  examples: [
    {
      run: 'slipway endpoints set live churn:3=90 churn:4=10',
      does: 'A canary: a tenth of the requests go to version 4',
    },
    { run: 'slipway endpoints set live churn:3 --shadow churn:4', does: 'Version 4 answers along, unseen' },
    {
      run: 'slipway endpoints set live churn:3=90 churn:4=10 --max-error-rate 0.02 --max-p99 50ms',
      does: 'Back by itself',
    },
    { run: 'slipway endpoints promote live churn:4', does: 'All requests go to version 4' },
    { run: 'slipway endpoints rollback live', does: 'Take the last change back' },
  ],
  async run(context) {
    const [action = '', name, ...rest] = context.args;
    const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!run)
      throw usage(`${JSON.stringify(action)} is no action.`, `It is one of ${Object.keys(actions).join(', ')}.`);
    if (name === undefined && action !== 'list')
      throw usage('NAME is missing.', `Write \`slipway endpoints ${action} NAME\`.`);
    const home = await openHome({ home: context.home, thread: 'inline' });
    try {
      return await run(context, home.endpoints, name ?? '', rest);
    } finally {
      await home.close();
    }
  },
};

async function list({ json, terminal }: Context, store: EndpointStore): Promise<number> {
  const all = await store.list();
  if (json) terminal.printJson(all);
  else if (!all.length) terminal.say('There is no endpoint yet. Make one: slipway endpoints set live churn:1');
  else {
    const rows = all.map((endpoint) => [
      endpoint.name,
      targetsText(endpoint),
      endpoint.shadows.join(', ') || '-',
      String(endpoint.revision),
      shortTime(endpoint.updatedAt),
    ]);
    const heading = ['endpoint', 'targets', 'shadows', 'revision', 'changed'];
    terminal.print(table([heading, ...rows], (text) => terminal.style('bold', text)));
  }
  return 0;
}

async function show({ json, terminal }: Context, store: EndpointStore, name: string): Promise<number> {
  const endpoint = await store.get(name);
  const history = await store.history(name);
  if (json) terminal.printJson({ ...endpoint, history });
  else {
    terminal.print(
      `${name} → ${targetsText(endpoint)}${endpoint.shadows.length ? `; shadows ${endpoint.shadows.join(', ')}` : ''}`,
    );
    const rows = history.map((one) => [String(one.revision), shortTime(one.at), one.actor, one.why, targetsText(one)]);
    terminal.print(
      table([['revision', 'when', 'who', 'why', 'targets'], ...rows], (text) => terminal.style('bold', text)),
    );
  }
  return 0;
}

async function set(context: Context, store: EndpointStore, name: string, words: readonly string[]): Promise<number> {
  if (!words.length)
    throw usage('VERSION is missing.', `Write \`slipway endpoints set ${name} churn:3=90 churn:4=10\`.`);
  const { flags } = context;
  const targets = words.map((word) => {
    const [, ref = '', weight] = /^(.*?)(?:=([\d.]+))?$/.exec(word) ?? [];
    return { ref, weight: weight === undefined ? 100 : Number(weight) };
  });
  const shadows = flags.text('shadow')?.split(',').filter(Boolean) ?? [];
  const spec = { targets, shadows, sticky: stickyOf(flags.text('sticky')), rollback: rollbackOf(context) };
  return done(context, await store.set(name, spec, 'set', localActor));
}

function promote(context: Context, store: EndpointStore, name: string, [ref]: readonly string[]): Promise<number> {
  return change(context, store, name, 'promote', ref, (spec, to) => promoted(spec, to));
}

function pause(context: Context, store: EndpointStore, name: string, [ref]: readonly string[]): Promise<number> {
  return change(context, store, name, 'pause', ref, (spec, to) => paused(spec, to, 'by hand'));
}

function resume(context: Context, store: EndpointStore, name: string, [ref]: readonly string[]): Promise<number> {
  return change(context, store, name, 'resume', ref, (spec, to) => paused(spec, to, undefined));
}

async function rollback(context: Context, store: EndpointStore, name: string): Promise<number> {
  return done(context, await store.rollback(name, localActor));
}

async function remove({ json, terminal }: Context, store: EndpointStore, name: string): Promise<number> {
  await store.delete(name, localActor);
  if (json) terminal.printJson({ name, deleted: true });
  else terminal.print(`${name} is deleted`);
  return 0;
}

async function change(
  context: Context,
  store: EndpointStore,
  name: string,
  what: string,
  ref: string | undefined,
  to: (spec: EndpointSpec, ref: string) => EndpointSpec,
): Promise<number> {
  if (ref === undefined) throw usage('VERSION is missing.', `Write \`slipway endpoints ${what} ${name} churn:3\`.`);
  const { targets, shadows, sticky, rollback: rule, revision } = await store.get(name);
  const next = to({ targets, shadows, sticky, rollback: rule }, ref);
  return done(context, await store.set(name, next, `${what} ${ref}`, localActor, revision));
}

function done({ json, terminal }: Context, endpoint: Endpoint): number {
  if (json) terminal.printJson(endpoint);
  else terminal.print(`${endpoint.name} → ${targetsText(endpoint)}  (revision ${endpoint.revision})`);
  return 0;
}

/** `churn:3 90 %, churn:4 10 %` */
function targetsText({ targets }: EndpointSpec): string {
  const total = targets.reduce((sum, { weight, paused: why }) => (why === undefined ? sum + weight : sum), 0);
  return targets
    .map(({ ref, weight, paused: why }) =>
      why === undefined ? `${ref} ${Math.round((weight / total) * 1000) / 10} %` : `${ref} paused: ${why}`,
    )
    .join(', ');
}

function stickyOf(text: string | undefined): EndpointSpec['sticky'] {
  if (text === undefined) return undefined;
  const [, kind, name = ''] = /^(header|column):(.+)$/.exec(text) ?? [];
  if (kind === undefined)
    throw usage(`--sticky: expected header:NAME or column:NAME, received ${JSON.stringify(text)}.`);
  return kind === 'header' ? { header: name } : { column: name };
}

function rollbackOf({ flags }: Context): EndpointSpec['rollback'] {
  const errorRate = flags.number('max-error-rate');
  const p99 = readDuration('--max-p99', flags.text('max-p99'), usage);
  if (errorRate === undefined && p99 === undefined) return undefined;
  return {
    error_rate: errorRate,
    latency_p99_ms: p99,
    min_requests: flags.number('min-requests') ?? 100,
    window_s: (readDuration('--window', flags.text('window'), usage) ?? 60_000) / 1000,
  };
}

function usage(problem: string, advice = 'See `slipway endpoints --help`.') {
  return fail('USAGE', { problem, advice });
}
