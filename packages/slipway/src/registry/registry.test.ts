import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { samplePackage } from '../../../../test/sample-package.ts';
import { parseReference, type Reference } from './reference.ts';
import { openRegistry, type Registry } from './index.ts';
import { migrations } from './open.ts';

let home: string;
let registry: Registry;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'slipway-registry-'));
  registry = await open();
});
afterEach(async () => {
  await registry.close();
  rmSync(home, { recursive: true, force: true });
});

const open = () => openRegistry({ home, thread: 'inline', now: () => new Date('2026-01-02T03:04:05Z') });
const facts = { source: { file: 'x.pkl' }, summary: { task: 'regression' } };
const add = (amount: number, model = 'sum') => registry.register(samplePackage(amount), model, facts);
const ref = (text: string) => parseReference(text) as Reference;

test('versions count from 1 and keep their package', async () => {
  const first = await add(1);
  const second = await add(2);
  expect(first).toMatchObject({ existed: false, version: { model: 'sum', version: 1, ...facts, newest: true } });
  expect(second.version).toMatchObject({ version: 2, createdAt: '2026-01-02T03:04:05.000Z' });
  const pkg = await registry.load(first.version);
  expect(pkg).toEqual(samplePackage(1));
});

test('the same package again is the same version', async () => {
  await add(1);
  await add(2);
  expect(await add(1)).toMatchObject({ existed: true, version: { version: 1, newest: false } });
  expect(await registry.versions('sum')).toHaveLength(2);
  expect((await add(1, 'other')).version).toMatchObject({ model: 'other', version: 1 });
});

test('references resolve', async () => {
  const { version } = await add(1);
  await add(2);
  await registry.setAlias('sum', 'champion', 1);
  const numberOf = async (text: string) => (await registry.resolve(ref(text))).version;
  expect(await numberOf('sum')).toBe(2);
  expect(await numberOf('sum:1')).toBe(1);
  expect(await numberOf('sum@champion')).toBe(1);
  expect(await numberOf(`sum@${version.digest}`)).toBe(1);
  expect(await numberOf(`sum@${version.digest.slice(0, 15)}`)).toBe(1);
});

test.for([
  ['other', 'MODEL_NOT_FOUND', 'other'],
  ['sum:9', 'MODEL_NOT_FOUND', 'sum:9'],
  ['sum@nobody', 'ALIAS_NOT_FOUND', 'nobody'],
  ['other@nobody', 'MODEL_NOT_FOUND', 'other@nobody'],
  [`sum@sha256:${'0'.repeat(64)}`, 'MODEL_NOT_FOUND', 'sum@sha256:000'],
] as const)('%s is %s', async ([text, code, named]) => {
  await add(1);
  await expect(registry.resolve(ref(text))).rejects.toMatchObject({ code, message: expect.stringContaining(named) });
});

test('aliases move, are removed, and keep their history', async () => {
  await add(1);
  await add(2);
  await registry.setAlias('sum', 'champion', 1);
  await registry.setAlias('sum', 'champion', 2);
  await registry.setAlias('sum', 'champion', 2);
  expect((await registry.versions('sum')).map(({ version, aliases }) => [version, aliases])).toEqual([
    [2, ['champion']],
    [1, []],
  ]);
  await registry.deleteAlias('sum', 'champion');
  const moves = (await registry.aliasHistory('sum')).map(({ previous, version }) => [previous, version]);
  expect(moves).toEqual([
    [2, null],
    [1, 2],
    [null, 1],
  ]);
  await expect(registry.deleteAlias('sum', 'champion')).rejects.toMatchObject({ code: 'ALIAS_NOT_FOUND' });
  await expect(registry.deleteAlias('other', 'champion')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  await expect(registry.setAlias('sum', 'champion', 7)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
});

test('an alias can be set with the import', async () => {
  await registry.register(samplePackage(1), 'sum', { ...facts, alias: 'champion' });
  expect((await registry.resolve(ref('sum@champion'))).version).toBe(1);
});

test('every changed byte in the home folder is found', async () => {
  const { version } = await add(1);
  for (const file of globSync(join(home, 'blobs/sha256/*/*'))) {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.with(bytes.length >> 1, (bytes.at(bytes.length >> 1) ?? 0) ^ 4));
    await expect(registry.load(version), file).rejects.toMatchObject({ code: 'PACKAGE_CORRUPT' });
    writeFileSync(file, bytes);
  }
  await registry.load(version);
  rmSync(globSync(join(home, 'blobs/sha256/*/*'))[0] as string);
  await expect(registry.load(version)).rejects.toMatchObject({ code: 'PACKAGE_CORRUPT' });
});

test('a watcher hears of other processes', async () => {
  let heard = 0;
  const stop = registry.watch(() => heard++, 20);
  await new Promise((done) => setTimeout(done, 60));
  expect(heard).toBe(0);
  const other = await open();
  await other.register(samplePackage(5), 'sum', facts);
  await other.close();
  await expect.poll(() => heard, { timeout: 2000 }).toBeGreaterThan(0);
  stop();
});

const registrar = resolve(import.meta.dirname, '../../../../test/registrar.ts');
const start = (model: string, first: number, count: number) =>
  spawn(process.execPath, [registrar, home, model, String(first), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Starts twice as fast.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'slipway-compile-cache') },
  });

test('four processes register at once: no version is lost, doubled or skipped', async () => {
  const codes = await Promise.all(
    [0, 10, 20, 20].map(async (first) => (await once(start('busy', first, 10), 'exit'))[0] as number),
  );
  expect(codes).toEqual([0, 0, 0, 0]);
  const versions = await registry.versions('busy');
  // The fourth registers the same packages as the third.
  expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 30 }, (_, i) => 30 - i));
  expect(new Set(versions.map(({ digest }) => digest)).size).toBe(30);
  for (const version of versions) await registry.load(version);
}, 60_000);

test('killed at any moment, the registry has the old state or the new', async () => {
  let done = 0;
  for (let round = 0; round < 24; round++) {
    const child = start('killed', done, 1000);
    let last = -1;
    child.stdout.on('data', (text: Buffer) => (last = Number(text.toString().trim().split('\n').at(-1)) || last));
    await once(child.stdout, 'data');
    // Spread over several registrations: each takes some milliseconds.
    await new Promise((later) => setTimeout(later, (round * 17) % 70));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await registry.close();
    registry = await open();
    const versions = (await registry.versions('killed').catch(() => [])).toReversed();
    // What was reported is there; at most one more, whose report was cut off; all are whole.
    expect(versions.length).toBeGreaterThanOrEqual(Math.max(done, last + 1));
    expect(versions.map(({ source }) => source['amount'])).toEqual(versions.map((_, i) => i));
    expect(versions.map(({ version }) => version)).toEqual(versions.map((_, i) => i + 1));
    for (const version of versions.slice(done)) expect((await registry.load(version)).digest).toBe(version.digest);
    expect(versions.at(-1)?.aliases ?? ['champion']).toEqual(['champion']);
    done = versions.length;
  }
  expect(done).toBeGreaterThan(5);
  expect(globSync(join(home, 'tmp/*'))).toEqual([]);
}, 60_000);

test('the steps of the database are numbered without gaps: the second of two with one number would never run', () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, i) => i + 1));
});
