import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadServed } from '../packages/slipway/src/cli/load-served.ts';
import { registrySource } from '../packages/slipway/src/cli/registry-source.ts';
import { ModelPlane } from '../packages/slipway/src/engine/index.ts';
import { openHome, type Home } from '../packages/slipway/src/registry/index.ts';
import { startServer, type RunningServer } from '../packages/slipway/src/server/index.ts';
import { samplePackage } from './sample-package.ts';

const VERSIONS = 25;
/** How old an answer may be after a move. */
const SEEN_MS = 1000;

const folder = mkdtempSync(join(tmpdir(), 'slipway-serving-'));
let home: Home;
/** Another process would change the same registry like this. */
let other: Home;
let server: RunningServer;
let plane: ModelPlane;

/** As `slipway up` does it; version N adds N. */
beforeAll(async () => {
  home = await openHome({ home: folder, thread: 'worker' });
  for (let amount = 1; amount <= VERSIONS; amount++)
    await home.registry.register(samplePackage(amount), 'sum', { source: {}, summary: {} });
  await home.registry.setAlias('sum', 'live', 1);
  other = await openHome({ home: folder, thread: 'worker' });
  const source = registrySource(home, async (version) =>
    loadServed({ pkg: await home.registry.load(version), name: version.model, version: version.version }),
  );
  plane = new ModelPlane({ source });
  server = await startServer({ plane, version: '0.0.0', port: 0, home });
}, 60_000);
afterAll(async () => {
  await server.close();
  await plane.close();
  await other.close();
  await home.close();
  rmSync(folder, { recursive: true });
});

async function predict(ref: string): Promise<{ status: number; label: string; value: number }> {
  const response = await fetch(`${server.url}/predict/${ref}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"x": 1}',
  });
  const { prediction } = (await response.json()) as { prediction: number };
  return { status: response.status, label: response.headers.get('x-slipway-model') ?? '', value: prediction };
}
const ready = async () => (await (await fetch(`${server.url}/readyz`)).json()) as { status: string };

test('an alias that moves 100 times under load: no answer of a wrong version, none older than a second', async () => {
  const moves: { readonly at: number; readonly version: number }[] = [{ at: 0, version: 1 }];
  const answers: { readonly asked: number; readonly answered: number; readonly version: number }[] = [];
  let isOver = false;
  // Most versions are in memory already; each fifth is loaded when the alias comes to it.
  for (let version = 1; version <= VERSIONS; version++) if (version % 5 !== 0) await predict(`sum:${version}`);
  const clients = Array.from({ length: 6 }, async () => {
    while (!isOver) {
      await wait(1);
      const asked = performance.now();
      const { status, label, value } = await predict('sum@live');
      const version = Number(label.split(':')[1]);
      expect([status, value]).toEqual([200, 1 + version]);
      answers.push({ asked, answered: performance.now(), version });
    }
  });
  for (let i = 1; i <= 100; i++) {
    const version = (i % VERSIONS) + 1;
    // Both ways to learn of it: by this process, and by looking at the database.
    await (i % 2 === 0 ? home : other).registry.setAlias('sum', 'live', version);
    moves.push({ at: performance.now(), version });
    await wait(60);
  }
  const last = moves.at(-1)?.version;
  await wait(SEEN_MS);
  expect((await predict('sum@live')).label).toBe(`sum:${last}`);
  isOver = true;
  await Promise.all(clients);
  expect(answers.length).toBeGreaterThan(300);
  expect(new Set(answers.map(({ version }) => version)).size).toBeGreaterThan(5);
  // A version may answer until a second after the alias left it, and not before the alias came to it.
  const wrong = answers.filter(
    ({ asked, answered, version }) =>
      !moves.some(
        (move, i) =>
          move.version === version &&
          (moves[i - 1]?.at ?? 0) <= answered &&
          asked <= (moves[i + 1]?.at ?? Infinity) + SEEN_MS,
      ),
  );
  expect(wrong).toEqual([]);
  // What no reference means has given its memory back.
  for (let i = 0; i < 50 && plane.loaded().length > 20; i++) await wait(20);
  const inMemory = plane.loaded().map(({ version }) => version as number);
  expect(inMemory.filter((version) => version % 5 === 0 && version !== last)).toEqual([]);
}, 60_000);

test.for([
  ['the database', 10, ['slipway.db', 'slipway.db-wal', 'slipway.db-shm']],
  ['the packages', 15, ['blobs']],
  ['everything', 20, ['slipway.db', 'slipway.db-wal', 'slipway.db-shm', 'blobs']],
] as const)('while %s is away, what is loaded keeps serving and /readyz says stale', async ([, unloaded, parts]) => {
  await home.registry.setAlias('sum', 'live', 2);
  for (let i = 0; i < 50 && (await predict('sum@live')).label !== 'sum:2'; i++) await wait(20);
  expect(await ready()).toMatchObject({ status: 'ready' });
  const away = parts.map((part) => [join(folder, part), join(folder, `${part}.away`)] as const);
  for (const [path, to] of away) renameSync(path, to);
  // Long enough for the watch to find nothing, more than once.
  for (let i = 0; i < 12; i++) {
    expect(await ready()).toMatchObject({ status: 'stale', reasons: [expect.stringContaining('keep serving')] });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await predict('sum@live')).toEqual({ status: 200, label: 'sum:2', value: 3 });
    await wait(100);
  }
  if (parts.some((part) => part === 'blobs')) expect((await predict(`sum:${unloaded}`)).status).toBe(503);
  for (const [path, to] of away) renameSync(to, path);
  expect(await ready()).toMatchObject({ status: 'ready' });
  expect(await predict(`sum:${unloaded}`)).toMatchObject({ status: 200, value: unloaded + 1 });
  await other.registry.setAlias('sum', 'live', 3);
  await wait(SEEN_MS);
  expect(await predict('sum@live')).toEqual({ status: 200, label: 'sum:3', value: 4 });
});

test('a database that was put back from a copy is opened in place of the old one', async () => {
  const { copyFileSync } = await import('node:fs');
  await home.rows.read('PRAGMA wal_checkpoint(TRUNCATE)');
  copyFileSync(join(folder, 'slipway.db'), join(folder, 'copy.db'));
  await home.registry.setAlias('sum', 'live', 7);
  await wait(SEEN_MS);
  expect((await predict('sum@live')).label).toBe('sum:7');
  for (const part of ['slipway.db-wal', 'slipway.db-shm']) rmSync(join(folder, part), { force: true });
  renameSync(join(folder, 'copy.db'), join(folder, 'slipway.db'));
  await wait(SEEN_MS);
  expect((await predict('sum@live')).label).toBe('sum:3');
});

test('loading and unloading by request are in the audit, with who did it', async () => {
  const change = (verb: string) =>
    fetch(`${server.url}/v2/repository/models/sum/${verb}`, { method: 'POST', headers: { 'x-request-id': verb } });
  expect((await change('unload')).status).toBe(200);
  expect((await predict('sum@live')).status).toBe(503);
  expect((await fetch(`${server.url}/v2/models/sum/ready`)).status).toBe(503);
  expect((await change('load')).status).toBe(200);
  expect((await predict('sum@live')).status).toBe(200);
  const { entries } = (await (await fetch(`${server.url}/api/v1/audit?limit=1000`)).json()) as { entries: object[] };
  expect(entries.slice(-2)).toMatchObject([
    { actor: 'local', action: 'model.unload', target: 'sum', request_id: 'unload' },
    { actor: 'local', action: 'model.load', target: 'sum', request_id: 'load' },
  ]);
});
