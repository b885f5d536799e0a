import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

const bin = resolve(import.meta.dirname, '../packages/slipway/bin/slipway.mjs');
const model = resolve(import.meta.dirname, '../examples/churn/model.joblib');
const home = mkdtempSync(join(tmpdir(), 'slipway-workers-'));
const env = { ...process.env, SLIPWAY_HOME: home };
let child: ReturnType<typeof launch>;
let url: string;
let row: string;
/** A key without limits, once there are keys. */
let free: string | undefined;

function launch(words: readonly string[]) {
  return spawn(process.execPath, [bin, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const started = launch(words);
  let [out, err] = ['', ''];
  started.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  started.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(started, 'exit')) as [number];
  return { code, out, err };
}

beforeAll(async () => {
  child = launch(['serve', model, '--workers', '3', '--port', '0', '--json', '--log', 'json']);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const ready = JSON.parse(line) as { url: string; workers: number; try: string };
  expect(ready.workers).toBe(3);
  ({ url } = ready);
  row = /-d '(.*)'$/s.exec(ready.try)?.[1] as string;
}, 60_000);
afterAll(() => {
  child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

/** Children of the first process, from the kernel. */
function workerPids(): number[] {
  const { pid } = child;
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

const metrics = async () => (await fetch(`${url}/metrics`)).text();
const figure = (text: string, name: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
/** A connection of its own for each, so that all workers get some. */
const predict = () =>
  fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close', ...(free ? { 'x-api-key': free } : {}) },
    body: row,
  });

test.runIf(process.platform === 'linux')('metrics are those of all workers', async () => {
  for (let i = 0; i < 30; i++) expect((await predict()).status).toBe(200);
  const text = await metrics();
  expect(figure(text, 'slipway_http_requests_total{route="/predict"')).toBe(30);
  expect(figure(text, 'slipway_workers ')).toBe(3);
  expect(text.match(/^process_resident_memory_bytes\{worker="\d"\}/gm)?.length).toBe(3);
  expect(text.match(/^# TYPE slipway_http_requests_total /gm)?.length).toBe(1);
});

const CLIENTS = 8;
const KILLS = 6;

test.runIf(process.platform === 'linux')(
  'a killed worker takes along what it was answering, nothing else',
  async () => {
    const before = figure(await metrics(), 'slipway_http_requests_total{route="/predict"');
    let [answered, lost, isOver] = [0, 0, false];
    const load = Array.from({ length: CLIENTS }, async () => {
      while (!isOver) {
        try {
          const response = await predict();
          await response.text();
          if (response.status === 200) answered++;
          else lost += 1000;
        } catch {
          lost++;
        }
      }
    });
    for (let i = 0; i < KILLS; i++) {
      await wait(300);
      // Not always the same one: the first are the oldest.
      process.kill(workerPids()[i % 3] as number, 'SIGKILL');
      await wait(100);
      for (let k = 0; k < 100 && figure(await metrics(), 'slipway_workers ') < 3; k++) await wait(100);
    }
    isOver = true;
    await Promise.all(load);
    expect(answered).toBeGreaterThan(50);
    // At most what the clients had under way at each kill.
    expect(lost).toBeLessThanOrEqual(CLIENTS * KILLS);
    for (let i = 0; i < 100 && figure(await metrics(), 'slipway_workers ') < 3; i++) await wait(100);
    expect(figure(await metrics(), 'slipway_workers ')).toBe(3);
    expect(workerPids().length).toBe(3);
    expect(figure(await metrics(), 'slipway_http_requests_total{route="/predict"')).toBeGreaterThanOrEqual(before);
  },
);

/** Each worker learns of keys by itself; the kernel chooses who is asked. */
async function everyWorkerAnswers(status: number): Promise<void> {
  for (let known = 0, i = 0; known < 30 && i < 500; i++) {
    known = (await predict()).status === status ? known + 1 : 0;
    await wait(20);
  }
}

test('a limit counts once for all workers', async () => {
  const made = await run(['keys', 'create', 'few', '--scope', 'predict,read', '--rate', '20/h', '--json']);
  const { key } = JSON.parse(made.out) as { key: string };
  const headers = { 'content-type': 'application/json', connection: 'close', authorization: `Bearer ${key}` };
  await everyWorkerAnswers(401);
  const statuses: number[] = [];
  for (let i = 0; i < 40; i++) {
    statuses.push((await fetch(`${url}/predict`, { method: 'POST', headers, body: row })).status);
    await wait(15);
  }
  const allowed = statuses.filter((status) => status === 200).length;
  expect(allowed).toBeGreaterThanOrEqual(20);
  // Three workers apart would have let all 40 through; each tells the others every 50 ms.
  expect(allowed).toBeLessThanOrEqual(34);
  expect(statuses.at(-1)).toBe(429);
  ({ key: free } = JSON.parse((await run(['keys', 'create', 'all', '--json'])).out) as { key: string });
  await everyWorkerAnswers(200);
}, 60_000);

test('SIGTERM ends all of them, with running requests answered', async () => {
  const rows = `[${Array.from({ length: 20_000 }, () => row).join(',')}]`;
  const answers = Promise.all(
    Array.from({ length: 4 }, async () => {
      const response = await fetch(`${url}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': free as string },
        body: rows,
      });
      const answer = (await response.json()) as unknown[] | { detail: string };
      return Array.isArray(answer) ? answer.length : answer.detail;
    }),
  );
  await wait(30);
  const pids = process.platform === 'linux' ? workerPids() : [];
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(await answers).toEqual([20_000, 20_000, 20_000, 20_000]);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
}, 60_000);

test('what is wrong is told once, with its exit code', async () => {
  const { code, err } = await run(['serve', 'nothing', '--workers', '3', '--port', '0']);
  expect(code).toBe(1);
  expect(err.match(/error\[/g)?.length).toBe(1);
  expect(err).toContain('MODEL_NOT_FOUND');
}, 30_000);

test('what is unloaded by request is out of service in every worker', async () => {
  await run(['import', model, '--name', 'churn', '--home', `${home}/two`]);
  const two = launch(['up', '--workers', '2', '--home', `${home}/two`, '--port', '0', '--json', '--log', 'json']);
  try {
    const [line] = (await once(createInterface(two.stdout), 'line')) as [string];
    const { url: address } = JSON.parse(line) as { url: string };
    const statuses = async () => {
      const asked = Array.from({ length: 12 }, async () =>
        fetch(`${address}/v2/models/churn/ready`, { headers: { connection: 'close' } }).then(({ status }) => status),
      );
      return new Set(await Promise.all(asked));
    };
    for (const [verb, status] of [
      ['unload', 503],
      ['load', 200],
    ] as const) {
      expect((await fetch(`${address}/v2/repository/models/churn/${verb}`, { method: 'POST' })).status).toBe(200);
      let found = await statuses();
      for (let i = 0; i < 50 && found.size > 1; i++) {
        await wait(100);
        found = await statuses();
      }
      expect([...found]).toEqual([status]);
    }
  } finally {
    two.kill('SIGTERM');
    await once(two, 'exit');
  }
}, 60_000);
