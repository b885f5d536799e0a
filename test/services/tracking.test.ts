import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Peer } from './mlflow-compare.ts';
import { steps } from './mlflow-requests.ts';
import { startMlflow, type MlflowServer } from './mlflow-server.ts';
import { run } from './run.ts';
import { startSlipway, type SlipwayProcess } from './server.ts';
import { venv } from './venv.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-tracking-'));
let python = '';
let older = '';
let ours: SlipwayProcess;
let theirs: MlflowServer;

beforeAll(async () => {
  const packages = ['mlflow==3.17.2', 'scikit-learn==1.9.1', 'pandas==3.1.1', 'matplotlib==3.11.2', 'skops==0.16.0'];
  python = await venv('tracking', packages);
  const before = ['mlflow==2.22.0', 'scikit-learn==1.6.1', 'pandas==2.2.3', 'matplotlib==3.11.2', 'skops==0.16.0'];
  older = await venv('tracking-2', before);
  [theirs, ours] = await Promise.all([startMlflow(python), startSlipway(['up', '--home', join(folder, 'home')])]);
});
afterAll(async () => {
  await Promise.all([ours?.stop(), theirs?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

interface Day {
  readonly version: string;
  readonly python: () => string;
  readonly more: Readonly<Record<string, unknown>>;
}

test.for<Day>([
  {
    version: '3.17.2',
    python: () => python,
    more: { 'logged model': ['model', 'READY', true], models: 1 },
  },
  { version: '2.22.0', python: () => older, more: {} },
])('a day with the unmodified Python client $version', async ({ version, python: used, more }) => {
  const home = join(folder, version);
  mkdirSync(home);
  const server = await startSlipway(['up', '--home', join(home, 'home')]);
  const env = { ...process.env, MLFLOW_TRACKING_URI: server.url, MLFLOW_DISABLE_TELEMETRY: 'true' };
  const { stdout } = await run(used(), ['-B', join(import.meta.dirname, 'tracking-day.py'), home], { env });
  await server.stop();
  const found = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(found).toMatchObject({
    version,
    params: { depth: '3', rate: '0.1', kind: 'gbt' },
    loss: 0.2,
    nan: true,
    status: 'FINISHED',
    history: [0, 1, 2, 3, 4].map((step) => [step, 1 / (step + 1)]),
    artifacts: [
      ['config.json', false],
      ['data', true],
      ['notes', true],
      ['plot.png', false],
    ],
    text: 'hello',
    'same bytes': true,
    autolog: { params: true, score: 0.97, datasets: 1 },
    'same predictions': true,
    pyfunc: true,
    runs: ['by hand', 'model', 'autolog'],
    filtered: true,
    'after delete': 2,
    deleted: 'deleted',
    'after restore': 3,
    ...more,
  });
  const [code, text] = found['changed param'] as [string, string];
  expect(code).toBe('INVALID_PARAMETER_VALUE');
  expect(text).toContain("Param with key='depth' was already logged with value='3'");
});

test('traces of the Python client are stored and read again', async () => {
  const env = { ...process.env, MLFLOW_TRACKING_URI: ours.url, MLFLOW_DISABLE_TELEMETRY: 'true' };
  const { stdout } = await run(python, ['-B', join(import.meta.dirname, 'tracking-traces.py')], { env });
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
    answer: 8,
    state: 'OK',
    spans: [
      ['outer', true, { x: 3 }, 8],
      ['inner', false, { x: 3 }, 4],
    ],
    found: [1, 1, 1, 0],
    tags: ['b', null],
    deleted: 1,
    left: 0,
  });
});

test('every answer is that of the reference server: status, shape, texts, order', async () => {
  const [reference, candidate] = [new Peer(theirs.url, 'run'), new Peer(ours.url, 'run')];
  const different: unknown[] = [];
  for (const step of steps) {
    const [expected, received] = await Promise.all([reference.ask(step), candidate.ask(step)]);
    // Where that server answers with a page of its web framework, the status is all that clients get.
    const same = expected.body === 'page' ? expected.status === received.status : equal(expected, received);
    if (!same) different.push({ step: `${step.method} ${step.path}`, body: step.body, expected, received });
  }
  expect(different).toEqual([]);
  expect(steps.length).toBeGreaterThan(300);
});

function equal(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
