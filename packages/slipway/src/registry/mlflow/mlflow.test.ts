import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SlipwayError } from '@slipway/core/errors';
import { Router, type Call, type Plane, type Protocol, type Reply, type Route } from '@slipway/core/protocols';
import { openHome, registryWire, type Home } from '../index.ts';

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly answer: unknown;
}
interface Recording {
  readonly known: Readonly<Record<'run' | 'run_uri' | 'logged_model' | 'logged_model_uri', string>>;
  readonly steps: readonly Step[];
}

const file = resolve(import.meta.dirname, '../../../../../fixtures/mlflow-registry/answers.json');
const { known, steps } = JSON.parse(readFileSync(file, 'utf8')) as Recording;
const folder = mkdtempSync(join(tmpdir(), 'slipway-mlflow-registry-'));
let home: Home;
let wire: Protocol;
beforeAll(async () => {
  let ms = Date.parse('2026-01-01T00:00:00Z');
  // Every change has a time of its own, as on the server that was recorded.
  home = await openHome({ home: folder, thread: 'inline', now: () => new Date((ms += 5)) });
  const found = (given: string, id: string, artifactUri: string) =>
    Promise.resolve(given === id ? { artifactUri, runId: known.run } : undefined);
  wire = registryWire({
    ...home,
    wake: () => {},
    tracking: {
      run: (id) => found(id, known.run, known.run_uri),
      loggedModel: (id) => found(id, known.logged_model, known.logged_model_uri),
      download: () => Promise.resolve(false),
      noteVersion: () => Promise.resolve(),
    },
  });
});
afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true, force: true });
});

async function send(method: string, path: string, body?: unknown, may: Call['may'] = () => true): Promise<Reply> {
  const [place = '', search = ''] = `/api/2.0/mlflow/${path}`.split('?');
  const match = new Router<Route>(wire.routes).find(method, place);
  if (!match || !('route' in match)) throw new Error(`nothing answers ${method} ${place}`);
  const call: Call = {
    method,
    path: place,
    search,
    params: match.params,
    header: (name) => (name === 'content-type' ? 'application/json' : undefined),
    query: (name) => new URLSearchParams(search).get(name) ?? undefined,
    body: new Uint8Array(),
    text: () => (body === undefined ? '' : JSON.stringify(body)),
    requestId: 'test',
    signal: new AbortController().signal,
    caller: 'local',
    may,
  };
  try {
    return await match.route.handle(call, {} as Plane);
  } catch (error) {
    if (error instanceof SlipwayError) return wire.fail(error, call);
    throw error;
  }
}

/** What differs from run to run, or by the order of a Python set. Import notes are ours alone. */
function comparable(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (key, value: unknown) => {
      if (key.endsWith('_timestamp')) return 'time';
      if (key === 'tags' && Array.isArray(value)) {
        const own = (value as { key: string }[]).filter((tag) => !tag.key.startsWith('slipway.'));
        return own.length === 0 ? undefined : own.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      }
      if (key === 'aliases' && Array.isArray(value)) return value.map((item) => JSON.stringify(item)).toSorted();
      if (key !== 'message') return value;
      return String(value)
        .replaceAll(/\{('[\w, ']*')\}/g, (_, names: string) => `{${names.split(', ').toSorted().join(', ')}}`)
        .replace(/(already exists\.) Error: [\s\S]*/, '$1');
    }),
  );
}

test('there is enough to compare', () => expect(steps.length).toBeGreaterThan(150));

test.for(
  steps.map(
    (step, i) => [`${i}: ${step.method} ${step.path} ${JSON.stringify(step.body ?? '')}`.slice(0, 150), step] as const,
  ),
)('%s', async ([, { method, path, body, status, answer }]) => {
  const reply = await send(method, path, body);
  const own: unknown = JSON.parse(reply.body as string);
  expect(comparable(own)).toEqual(comparable(answer));
  expect(reply.status).toBe(status);
});
