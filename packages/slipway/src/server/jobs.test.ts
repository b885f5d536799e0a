import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { samplePackage } from '../../../../test/sample-package.ts';
import { localActor, parseGrant, readAudit } from '../access/index.ts';
import { startWork } from '../batch/work.ts';
import { ModelPlane } from '../engine/index.ts';
import { openHome, type Home } from '../registry/index.ts';
import { silentLog } from '../telemetry/index.ts';
import { startServer, type RunningServer } from './index.ts';

let folder: string;
let home: Home;
let server: RunningServer;
let work: { close(): Promise<void> };
const keys: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-jobs-'));
  home = await openHome({ home: join(folder, 'home'), thread: 'inline' });
  await home.registry.register(samplePackage(100), 'sum', { source: {}, summary: {} });
  const scopes = { writer: ['write:sum'], reader: ['read:sum'], stranger: ['write:other'], all: ['admin'] };
  for (const [name, grants] of Object.entries(scopes))
    keys[name] = (await home.keys.create({ name, grants: grants.map(parseGrant) }, localActor)).key;
  mkdirSync(join(folder, 'drop'));
  writeFileSync(join(folder, 'drop', 'a.csv'), 'id,x\na,1\nb,oops\n');
  writeFileSync(join(folder, 'secret.csv'), 'id,x\na,1\n');
  symlinkSync(folder, join(folder, 'drop', 'link'));
  symlinkSync(join(folder, 'secret.csv'), join(folder, 'drop', 'linked.csv'));
  server = await startServer({
    plane: new ModelPlane(),
    version: '0.0.0',
    port: 0,
    home,
    batchRoots: [join(folder, 'drop')],
  });
  work = startWork({ jobs: home.jobs, schedules: home.schedules, home: join(folder, 'home'), log: silentLog });
});
afterAll(async () => {
  await work.close();
  await server.close();
  await home.close();
  rmSync(folder, { recursive: true });
});

async function ask(method: 'GET' | 'POST', path: string, body?: unknown, by = 'writer') {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${keys[by]}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const job = (more: object = {}) => ({
  model: 'sum',
  input: join(folder, 'drop', 'a.csv'),
  output: join(folder, 'drop', 'out'),
  ...more,
});

async function ended(id: unknown): Promise<Record<string, unknown>> {
  for (;;) {
    const { body } = await ask('GET', `/api/v1/jobs/${String(id)}`);
    if (!['queued', 'running', 'stopping'].includes(String(body['state']))) return body;
    await wait(100);
  }
}

test('a job over HTTP: made, watched as events, done, and in the audit', { timeout: 60_000 }, async () => {
  const events = await fetch(`${server.url}/api/v1/events`, { headers: { authorization: `Bearer ${keys['reader']}` } });
  expect(events.headers.get('content-type')).toBe('text/event-stream');
  const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toContain('retry:');
  const made = await ask('POST', '/api/v1/jobs', job({ columns: ['id'], on_error: 'reject' }));
  expect(made).toMatchObject({ status: 202, body: { state: 'queued', spec: { model: 'sum' } } });
  const done = await ended(made.body['id']);
  expect(done).toMatchObject({
    state: 'done',
    attempts: 1,
    report: { rows: { read: 2, answered: 1, rejected: 1, filtered: 0 } },
  });
  expect(readFileSync(join(folder, 'drop', 'out', 'a.csv'), 'utf8')).toBe('id,prediction\na,101\n');
  let told = '';
  while (!told.includes('"state":"done"')) told += (await reader.read()).value ?? '';
  expect(told).toContain('event: job\n');
  await reader.cancel();
  expect((await readAudit(home.rows)).map(({ action }) => action)).toContain('job.create');
  const again = await ask('GET', '/api/v1/jobs', undefined, 'reader');
  expect((again.body['jobs'] as unknown[]).length).toBe(1);
});

test('a job that fails says why, after its retries, and tells its webhook', { timeout: 60_000 }, async () => {
  const told: unknown[] = [];
  const hook = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      told.push(JSON.parse(text));
      response.end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const webhook = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/done`;
  const spec = {
    ...job({ input: join(folder, 'drop', 'late.csv'), output: join(folder, 'drop', 'late') }),
    retries: 1,
    retry_s: 1,
    webhook,
  };
  const made = await home.jobs.create(spec, localActor);
  const failed = await ended(made?.id);
  expect(failed).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'FILE_NOT_FOUND' } });
  for (let tries = 0; told.length === 0 && tries < 100; tries++) await wait(50);
  expect(told).toMatchObject([{ event: 'job.failed', job: { id: made?.id } }]);
  hook.close();
});

test.for([
  ['../secret.csv', 'out'],
  ['link/secret.csv', 'out'],
  ['a.csv', '../out'],
  ['a.csv', 'link/out'],
])('%s → %s leads out of the folders that are allowed', async ([input = '', output = '']) => {
  const spec = job({ input: join(folder, 'drop') + `/${input}`, output: `${join(folder, 'drop')}/${output}` });
  expect(await ask('POST', '/api/v1/jobs', spec)).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
});

test('a pattern that finds files outside ends when it runs', { timeout: 60_000 }, async () => {
  const made = await ask(
    'POST',
    '/api/v1/jobs',
    job({ input: join(folder, 'drop', 'linke*.csv'), output: join(folder, 'drop', 'stolen') }),
  );
  expect(made.status).toBe(202);
  expect(await ended(made.body['id'])).toMatchObject({ state: 'failed', error: { code: 'INVALID_REQUEST' } });
});

test.for([
  [{ model: '../model.joblib' }, 'model'],
  [{ input: 'https://example.org/a.csv' }, 'input'],
  [{ output: 's3://bucket/out' }, 'output'],
  [{ input: 5 }, 'input'],
  [{ columns: 'id' }, 'columns'],
  [{ on_error: 'ignore' }, 'on_error'],
  [{ shell: 'rm' }, 'shell'],
] as const)('%o is refused by its name', async ([more, field]) => {
  const { status, body } = await ask('POST', '/api/v1/jobs', job(more));
  expect(status).toBe(400);
  expect(body['detail']).toContain(field);
});

test('who may what', async () => {
  const made = await home.jobs.create(job({ output: join(folder, 'drop', 'x') }), localActor);
  const path = `/api/v1/jobs/${made?.id}`;
  expect((await ask('POST', '/api/v1/jobs', job(), 'reader')).status).toBe(403);
  expect((await ask('POST', '/api/v1/jobs', job(), 'stranger')).status).toBe(403);
  expect((await ask('GET', path, undefined, 'stranger')).status).toBe(404);
  expect((await ask('GET', path, undefined, 'reader')).status).toBe(200);
  expect((await ask('POST', `${path}/cancel`, {}, 'reader')).status).toBe(403);
  expect(((await ask('GET', '/api/v1/jobs', undefined, 'stranger')).body['jobs'] as unknown[]).length).toBe(0);
  expect((await ask('GET', '/api/v1/jobs/job_none', undefined, 'all')).body['code']).toBe('JOB_NOT_FOUND');
});
