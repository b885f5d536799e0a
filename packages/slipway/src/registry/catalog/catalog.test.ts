import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { samplePackage } from '../../../../../test/sample-package.ts';
import { localActor, readAudit } from '../../access/index.ts';
import { collectGarbage } from '../collect.ts';
import { lineageOf, openHome, parseReference, searchNames, type Home, type Reference } from '../index.ts';

let folder: string;
let home: Home;
let now: Date;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-catalog-'));
  now = new Date('2026-01-02T03:04:05Z');
  home = await openHome({ home: folder, thread: 'inline', now: () => now });
});
afterEach(async () => {
  await home.close();
  rmSync(folder, { recursive: true, force: true });
});

const DAY = 86_400_000;
const facts = { source: { file: 'x.pkl' }, summary: { what: 'a regression' } };
const add = (amount: number, model = 'sum') => home.registry.register(samplePackage(amount), model, facts);
const ref = (text: string) => parseReference(text) as Reference;
const later = (ms: number) => (now = new Date(now.getTime() + ms));
const collect = (isDry = false) =>
  collectGarbage({ ...home, now, retentionMs: DAY, graceMs: 0, isDry, actor: localActor });

test('texts, tags and cards are kept, and found by their words', async () => {
  await add(1);
  await add(2, 'other');
  const model = await home.models.get('sum');
  await home.models.describe(model, { description: 'Adds Things', card: '# Card' }, localActor);
  await home.models.setTag(model, 'team', 'risk', localActor);
  await home.models.setTag(model, '__proto__', 'x', localActor);
  const version = await home.versions.get(model, 1);
  await home.versions.describe(version, '100% sure', localActor);
  await home.versions.setTag(version, 'stage', 'test', localActor);
  expect(await home.models.get('sum')).toMatchObject({ description: 'Adds Things', card: '# Card' });
  expect(Object.entries((await home.models.get('sum')).tags)).toContainEqual(['__proto__', 'x']);
  expect((await home.versions.get(model, 1)).tags).toEqual({ stage: 'test' });
  const found = async (text: string) => await searchNames(home.rows, text);
  expect(await found('adds THINGS')).toEqual(['sum']);
  expect(await found('team:risk')).toEqual(['sum']);
  expect(await found('stage:test card')).toEqual(['sum']);
  expect(await found('100%')).toEqual(['sum']);
  expect(await found('10_%')).toEqual([]);
  expect(await found('regression')).toEqual(['other', 'sum']);
  expect(await found('sum other')).toEqual([]);
  await home.models.deleteTag(model, 'team', localActor);
  expect(await found('team:risk')).toEqual([]);
  const actions = (await readAudit(home.rows)).map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining(['model.describe', 'model.tag', 'model.untag', 'version.tag']));
});

test('a deleted version is not served, comes back, and its number is never used again', async () => {
  await add(1);
  await add(2);
  const model = await home.models.get('sum');
  await home.registry.setAlias('sum', 'champion', 2);
  await expect(home.versions.delete(await home.versions.get(model, 2), false, localActor)).rejects.toThrow('@champion');
  await home.registry.setAlias('sum', 'champion', 1);
  await home.versions.delete(await home.versions.get(model, 2), false, localActor);
  expect(await home.registry.resolve(ref('sum'))).toMatchObject({ version: 1, newest: true });
  await expect(home.registry.resolve(ref('sum:2'))).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  expect((await add(2)).version).toMatchObject({ version: 3 });
  expect(await home.versions.restore(model, 2, localActor)).toMatchObject({ version: 2 });
  await expect(home.versions.restore(model, 2, localActor)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
});

test('a deleted model frees its name and comes back where the name is free', async () => {
  await add(1);
  await home.models.delete(await home.models.get('sum'), localActor);
  expect(await home.registry.models()).toEqual([]);
  expect((await add(2)).version).toMatchObject({ version: 1 });
  await expect(home.models.restore('sum', localActor)).rejects.toMatchObject({ code: 'CONFLICT' });
  await home.models.rename(await home.models.get('sum'), 'total', localActor);
  await home.models.restore('sum', localActor);
  expect((await home.registry.models()).map(({ model }) => model)).toEqual(['sum', 'total']);
});

test('what an endpoint leads to is neither deleted nor renamed', async () => {
  await add(1);
  await home.endpoints.set('live', { targets: [{ ref: 'sum:1', weight: 1 }], shadows: [] }, 'test', localActor);
  const model = await home.models.get('sum');
  await expect(home.models.delete(model, localActor)).rejects.toThrow('the endpoint "live" leads to it');
  await expect(home.models.rename(model, 'total', localActor)).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('garbage goes when its time is over, and nothing that anything refers to', async () => {
  await add(1);
  await add(2);
  await add(1, 'other');
  await home.blobs.put(new TextEncoder().encode('of an import that died'));
  const model = await home.models.get('sum');
  await home.versions.delete(await home.versions.get(model, 1), false, localActor);
  await home.versions.delete(await home.versions.get(model, 2), false, localActor);
  later(DAY / 2);
  expect(await collect(true)).toMatchObject({ versions: [], packages: 0 });
  later(DAY);
  // Blobs have the time of the disk, which is not that of this test.
  now = new Date(Math.max(now.getTime(), Date.now() + 10 * DAY));
  const before = (await Array.fromAsync(home.blobs.list())).length;
  const would = await collect(true);
  expect(would).toMatchObject({ versions: ['sum:1', 'sum:2'], packages: 1 });
  expect(await Array.fromAsync(home.blobs.list())).toHaveLength(before);
  expect(await collect()).toEqual(would);
  expect(await Array.fromAsync(home.blobs.list())).toHaveLength(before - would.blobs);
  expect(await collect()).toEqual({ models: [], versions: [], packages: 0, blobs: 0 });
  // The package of sum:1 is that of other:1, which stays whole.
  expect((await home.registry.load(await home.registry.resolve(ref('other:1')))).digest).toBe(samplePackage(1).digest);
  await expect(home.versions.restore(model, 1, localActor)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  expect((await add(2)).version).toMatchObject({ version: 3 });
  await home.models.delete(await home.models.get('sum'), localActor);
  now = new Date(now.getTime() + 2 * DAY);
  expect(await collect()).toMatchObject({ models: ['sum'], packages: 1 });
  expect(await home.rows.read('SELECT name FROM models')).toMatchObject([{ name: 'other' }]);
});

test('a store that lost a manifest stops the collection: nobody knows what it referred to', async () => {
  const { version } = await add(1);
  const [row] = await home.rows.read('SELECT manifest_sha256 FROM packages WHERE digest = ?', [version.digest]);
  await home.blobs.delete(String(row?.['manifest_sha256']));
  await expect(collect()).rejects.toMatchObject({ code: 'PACKAGE_CORRUPT' });
  expect((await Array.fromAsync(home.blobs.list())).length).toBeGreaterThan(0);
});

test('a version that waits for its import is told so, and its import gives it the package', async () => {
  const model = await home.models.create({ title: 'My Model' }, localActor);
  expect(model.name).toBe('My-Model');
  const given = { origin: 'runs:/r/m', artifacts: 'mlflow-artifacts:/0/r/artifacts/m', runId: 'r', runLink: null };
  const more = { loggedModelId: 'm-1', description: null, tags: new Map([['a', 'b']]), state: 'pending' } as const;
  await home.versions.create(model, { ...given, ...more }, localActor);
  await home.versions.create(model, { ...given, ...more }, localActor);
  await home.registry.pointAlias('My-Model', 'champion', 1, localActor);
  await expect(home.registry.resolve(ref('My-Model@champion'))).rejects.toMatchObject({ code: 'VERSION_NOT_SERVABLE' });
  const first = await home.imports.claim();
  const second = await home.imports.claim();
  expect([first?.version, second?.version]).toEqual([1, 2]);
  expect(await home.imports.claim()).toBeUndefined();
  if (!first || !second) return;
  await home.imports.finish(first, samplePackage(1), { what: 'x' });
  await home.imports.refuse(second, 'CUSTOM_CODE: no');
  expect(await home.registry.resolve(ref('My-Model@champion'))).toMatchObject({ version: 1 });
  await expect(home.registry.resolve(ref('My-Model:2'))).rejects.toThrow('CUSTOM_CODE: no');
  expect(await lineageOf(home.rows, await home.versions.get(model, 1))).toMatchObject({
    package: samplePackage(1).digest,
    run: 'r',
    logged_model: 'm-1',
    same_run: ['My-Model:2'],
  });
  await home.versions.create(model, { ...given, ...more }, localActor);
  await home.imports.claim();
  later(10 * 60_000);
  // Whoever claimed it is dead.
  expect(await home.imports.claim()).toMatchObject({ version: 3 });
});
