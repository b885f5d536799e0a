import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dashboardExpressions } from '../../scripts/docs/dashboard.ts';
import { run } from './run.ts';
import { startSlipway, type SlipwayProcess } from './server.ts';

const root = resolve(import.meta.dirname, '../..');
const ops = join(root, 'ops');
const folder = mkdtempSync(join(tmpdir(), 'slipway-prometheus-'));
let server: SlipwayProcess;
let prometheus: ChildProcess;
let api: string;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolved) => probe.once('listening', resolved));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolved) => probe.close(resolved));
  return port;
}

async function install(): Promise<void> {
  if (existsSync('/usr/bin/promtool')) return;
  const env = { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env });
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'prometheus'], { env });
}

/** Values by label set, as Prometheus knows them. */
async function query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const response = await fetch(`${api}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (status !== 'success') throw new Error(`${expression}: ${error}`);
  return data.result;
}

beforeAll(async () => {
  await install();
  const env = { ...process.env, SLIPWAY_HOME: join(folder, 'home') };
  const cli = join(root, 'packages/slipway/bin/slipway.mjs');
  await run(process.execPath, [cli, 'import', join(root, 'examples/churn/model.joblib'), '--name', 'churn'], { env });
  server = await startSlipway(['serve', 'churn', '--workers', '2', '--request-log', '1'], { env });
  const [row] = JSON.parse(readFileSync(join(root, 'examples/churn/rows.json'), 'utf8')) as [unknown];
  const post = (path: string, body: unknown) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'witness', connection: 'close' },
      body: JSON.stringify(body),
    });
  for (let i = 0; i < 20; i++) expect((await post('/predict/churn', row)).status).toBe(200);
  expect((await post('/predict/churn', [row, row])).status).toBe(200);
  expect((await post('/v1/models/churn:predict', { instances: [row] })).status).toBe(200);
  expect((await post('/predict/churn', { nothing: 1 })).status).toBe(400);
  expect((await post('/api/v1/feedback', { row, actual: 'stays' })).status).toBe(200);
  const port = await freePort();
  api = `http://127.0.0.1:${port}`;
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(ops, 'prometheus-rules.yaml')],
    scrape_configs: [{ job_name: 'slipway', static_configs: [{ targets: [new URL(server.url).host] }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  prometheus = spawn(
    '/usr/bin/prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  for (let i = 0; i < 60; i++) {
    await wait(500);
    const up = await query('count_over_time(slipway_http_requests_total{wire="native",code="200"}[1m]) > 3').catch(
      () => [],
    );
    if (up.length > 0) return;
  }
  throw new Error('Prometheus has not read the server');
}, 300_000);
afterAll(async () => {
  prometheus?.kill('SIGTERM');
  await server?.stop();
  await wait(500);
  rmSync(folder, { recursive: true, force: true });
});

test('a real Prometheus reads every worker as one', async () => {
  const requests = await query('sum by (model, version, wire) (slipway_http_requests_total{code="200",model="churn"})');
  const byWire = Object.fromEntries(requests.map(({ metric, value }) => [metric['wire'], Number(value[1])]));
  // Feedback with a row asks the model too.
  expect(byWire).toEqual({ native: 21, 'tf-serving': 1, operations: 1 });
  const number = async (expression: string) => Number((await query(expression))[0]?.value[1]);
  expect(await number('sum(slipway_run_rows_sum{wire!="operations"})')).toBe(23);
  expect(await number('sum(slipway_errors_total{code="INVALID_INPUT"})')).toBe(1);
  expect(await number('slipway_workers')).toBe(2);
  expect(await number('slipway_feedback_accuracy{model="churn",version="1"}')).toBe(1);
  expect(await number('sum(slipway_model_package_bytes)')).toBeGreaterThan(1000);
  const stages = await query('sum by (stage) (slipway_stage_seconds_count{wire="native"})');
  const counts = Object.fromEntries(stages.map(({ metric, value }) => [metric['stage'], Number(value[1])]));
  expect(counts).toEqual({ decode: 21, queue: 21, infer: 21, encode: 21 });
});

test('the rules are running and nothing fires on a healthy server', async () => {
  const { data } = (await (await fetch(`${api}/api/v1/rules`)).json()) as {
    data: { groups: { rules: { name: string; health: string; state?: string }[] }[] };
  };
  const rules = data.groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(10);
  // Some are not evaluated yet: an expression that cannot be is `err` from the first time on.
  expect(rules.filter(({ health }) => health === 'err')).toEqual([]);
  expect(rules.filter(({ state }) => state === 'firing')).toEqual([]);
});

test('every metric that the dashboard and the rules name is there', () => {
  const reference = readFileSync(join(root, 'docs/reference/metrics.md'), 'utf8');
  const rules = readFileSync(join(ops, 'prometheus-rules.yaml'), 'utf8');
  const known = new Set([...reference.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name));
  const named = [...dashboardExpressions(), ...rules.matchAll(/expr: [^]*?(?=\n {4,8}\w+:|\n\n|\n {6}-)/g)]
    .map(String)
    .flatMap((text) =>
      [...text.matchAll(/(?<![:\w])((?:slipway|process|nodejs)_\w+)/g)].map(([, name]) => name as string),
    );
  expect(named.length).toBeGreaterThan(50);
  const missing = named.filter((name) => !known.has(name) && !known.has(name.replace(/_(?:bucket|sum|count)$/, '')));
  expect([...new Set(missing)]).toEqual([]);
});

test('Prometheus takes every expression of the dashboard', async () => {
  for (const expression of dashboardExpressions()) await query(expression);
});

test('promtool finds nothing wrong with the figures, in both formats', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  writeFileSync(join(folder, 'metrics'), text);
  const { stdout, stderr } = await run('sh', ['-c', `promtool check metrics < ${join(folder, 'metrics')}`]);
  expect(stdout + stderr).toBe('');
  const open = await fetch(`${server.url}/metrics`, {
    headers: { accept: 'application/openmetrics-text; version=1.0.0' },
  });
  expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect((await open.text()).endsWith('\n# EOF\n')).toBe(true);
});

test('promtool: the rules are right, and their tests pass', async () => {
  expect((await run('promtool', ['check', 'rules', 'prometheus-rules.yaml'], { cwd: ops })).stdout).toContain(
    'SUCCESS',
  );
  expect((await run('promtool', ['test', 'rules', 'prometheus-rules.test.yaml'], { cwd: ops })).stdout).toContain(
    'SUCCESS',
  );
});
