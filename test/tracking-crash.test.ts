import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSlipway, type SlipwayProcess } from './services/server.ts';

let home: string;
let server: SlipwayProcess;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'slipway-crash-'));
  server = await startSlipway(['up', '--home', home]);
});
afterEach(async () => {
  await server.stop();
  rmSync(home, { recursive: true, force: true });
});

interface Answer {
  readonly run?: { readonly info: { readonly run_id: string }; readonly data: Lists };
  readonly runs?: readonly { readonly info: { readonly run_id: string }; readonly data: Lists }[];
  readonly metrics?: readonly unknown[];
}
interface Lists {
  readonly metrics?: readonly unknown[];
  readonly params?: readonly unknown[];
}

async function post(path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}/api/2.0/mlflow${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer;
}

const metrics = Array.from({ length: 100 }, (_, i) => ({ key: `m${i}`, value: i, timestamp: 1, step: 0 }));
const params = Array.from({ length: 20 }, (_, i) => ({ key: `p${i}`, value: String(i) }));

/** Until the server is gone. */
async function work(one: () => Promise<void>): Promise<void> {
  try {
    for (;;) await one();
  } catch {
    // Killed.
  }
}

test('kill -9 while batches are logged: what was acknowledged is there, the rest is whole or absent', async () => {
  const logged: string[] = [];
  const workers = Array.from({ length: 16 }, () =>
    work(async () => {
      const made = await post('/runs/create', { experiment_id: '0', start_time: 1 });
      const runId = made.run?.info.run_id ?? '';
      await post('/runs/log-batch', { run_id: runId, metrics, params });
      logged.push(runId);
    }),
  );
  await expect.poll(() => logged.length, { timeout: 20_000 }).toBeGreaterThan(100);
  await server.kill();
  await Promise.all(workers);
  server = await startSlipway(['up', '--home', home]);
  const found = await post('/runs/search', { experiment_ids: ['0'], max_results: 50_000 });
  const sizes = new Map(
    found.runs?.map(({ info, data }) => [info.run_id, [data.metrics?.length ?? 0, data.params?.length ?? 0]]),
  );
  for (const runId of logged) expect(sizes.get(runId)).toEqual([100, 20]);
  for (const size of sizes.values())
    expect([
      [0, 0],
      [100, 20],
    ]).toContainEqual(size);
});

test('kill -9 while artifacts are uploaded: a name means all of its bytes', async () => {
  const bytes = Buffer.alloc(300_000, 'artifact');
  const url = (name: string) => `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/crash/${name}`;
  const stored: string[] = [];
  let next = 0;
  const workers = Array.from({ length: 8 }, () =>
    work(async () => {
      const name = `f${next++}`;
      const response = await fetch(url(name), { method: 'PUT', body: bytes });
      if (response.ok) stored.push(name);
    }),
  );
  await expect.poll(() => stored.length, { timeout: 20_000 }).toBeGreaterThan(30);
  await server.kill();
  await Promise.all(workers);
  server = await startSlipway(['up', '--home', home]);
  const listed = (await (await fetch(`${server.url}/api/2.0/mlflow-artifacts/artifacts?path=0/crash`)).json()) as {
    files: { path: string; file_size: number }[];
  };
  for (const { path, file_size: size } of listed.files) expect(size, path).toBe(bytes.length);
  expect(listed.files.map(({ path }) => path)).toEqual(expect.arrayContaining(stored));
  expect(Buffer.from(await (await fetch(url(stored[0] ?? ''))).arrayBuffer()).equals(bytes)).toBe(true);
});

test.runIf(process.platform === 'linux')('a large artifact goes up and down without being held in memory', async () => {
  const size = 256 * 1024 ** 2;
  const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024;
  const url = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/large`;
  const chunk = Buffer.alloc(1024 ** 2, 'x');
  const body = new ReadableStream<Uint8Array>({
    type: 'bytes',
    pull(controller) {
      if (sent >= size) return controller.close();
      sent += chunk.length;
      controller.enqueue(new Uint8Array(chunk));
    },
  });
  let sent = 0;
  const before = peak();
  const init: RequestInit & { duplex: 'half' } = { method: 'PUT', body, duplex: 'half' };
  expect((await fetch(url, init)).status).toBe(200);
  const response = await fetch(url);
  expect(response.headers.get('content-length')).toBe(String(size));
  let received = 0;
  for await (const part of response.body ?? []) received += part.length;
  expect(received).toBe(size);
  expect(peak() - before).toBeLessThan(96 * 1024 ** 2);
});
