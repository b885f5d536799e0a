import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sampleRow } from '../../../../test/sample-model.ts';
import { Versions } from '../../../../test/version-source.ts';
import { ModelPlane, type ServedModel } from './index.ts';
import { MemoryRoom } from './memory-room.ts';
import { silentLog } from '../telemetry/index.ts';

const MB = 1_000_000;

function versions(...names: readonly string[]): Versions {
  const source = new Versions();
  for (const name of names) {
    source.sizes.set(name, 10 * MB);
    source.add(name);
  }
  return source;
}

const namesOf = (plane: ModelPlane) =>
  plane
    .loaded()
    .map(({ name }) => name)
    .toSorted();
const infer = (model: ServedModel) => {
  const { tensors, count } = model.rows.decode([sampleRow, sampleRow]);
  return model.infer(tensors, count, new AbortController().signal);
};

test('the versions that were not used for longest make room, by their bytes', async () => {
  const source = versions('a', 'b', 'c');
  const plane = new ModelPlane({ source, budgetBytes: 25 * MB });
  for (const name of ['a', 'b', 'a', 'c']) await plane.find(name);
  expect(namesOf(plane)).toEqual(['a', 'c']);
  expect(plane.memory.bytes).toBeLessThanOrEqual(25 * MB);
  expect(plane.memory.bytes).toBeGreaterThan(20 * MB);
  expect(plane.counts.unloads).toEqual({ budget: 1, replaced: 0, request: 0 });
  expect((await plane.find('b')).name).toBe('b');
  expect(source.loads).toEqual(['a:1', 'b:1', 'c:1', 'b:1']);
  await plane.close();
});

test('all at once: each is answered, and the budget holds all the while', async () => {
  const source = versions('a', 'b', 'c', 'd');
  const plane = new ModelPlane({ source, budgetBytes: 25 * MB });
  let most = 0;
  const look = setInterval(() => (most = Math.max(most, plane.memory.bytes)), 1);
  const answered = await Promise.all(
    ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'].map(async (name) => {
      const model = await plane.find(name);
      await infer(model);
      return model.name;
    }),
  );
  clearInterval(look);
  expect(answered.toSorted()).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd']);
  expect(most).toBeLessThanOrEqual(25 * MB);
  await plane.close();
});

test('a model that is in use stays, and gives its memory back when the last answer is there', async () => {
  const source = versions('a', 'b');
  const plane = new ModelPlane({ source, budgetBytes: 15 * MB });
  const model = await plane.find('a');
  const release = model.hold();
  const other = Promise.resolve(plane.find('b'));
  await wait(400);
  expect(source.loads).toEqual(['a:1']);
  await infer(model);
  release();
  expect((await other).name).toBe('b');
  expect(namesOf(plane)).toEqual(['b']);
  await expect(infer(model)).rejects.toMatchObject({ code: 'NOT_READY' });
  await plane.close();
});

test('a version is not sent away as soon as it came: loading takes a tenth of the time at most', async () => {
  const source = versions('a', 'b');
  source.loadMs = 30;
  const plane = new ModelPlane({ source, budgetBytes: 15 * MB });
  const end = performance.now() + 1500;
  const ask = async (name: string) => {
    while (performance.now() < end) {
      await plane.find(name);
      await wait(1);
    }
  };
  await Promise.all([ask('a'), ask('b')]);
  // Without a time that they stay, it would be one load for each request.
  expect(source.loads.length).toBeGreaterThan(1);
  expect(source.loads.length).toBeLessThanOrEqual(6);
  await plane.close();
});

test('pinned versions stay, and are loaded whatever they take', async () => {
  const source = versions('a', 'b', 'c');
  source.sizes.set('a', 40 * MB);
  const plane = new ModelPlane({ source, budgetBytes: 25 * MB });
  plane.pin('test', ['a', 'missing']);
  await plane.loadPins();
  expect(plane.loaded().map((model) => [model.name, plane.isPinned(model)])).toEqual([['a', true]]);
  // There is no room for others until the pin is taken away.
  const asked = Promise.resolve(plane.find('b'));
  await wait(300);
  expect(namesOf(plane)).toEqual(['a']);
  plane.pin('test', []);
  expect((await asked).name).toBe('b');
  expect(namesOf(plane)).toEqual(['b']);
  await plane.close();
});

test('a version that would not fit if it were alone is refused; what serves goes on', async () => {
  const source = versions('a', 'b');
  source.sizes.set('b', 40 * MB);
  const plane = new ModelPlane({ source, budgetBytes: 25 * MB });
  await plane.find('a');
  for (let i = 0; i < 2; i++) {
    await expect(plane.find('b')).rejects.toMatchObject({
      code: 'MODEL_TOO_LARGE',
      message: 'b:1 takes 40.8 MB, and all models together may take 25.0 MB.',
    });
  }
  // The second time its size is known.
  expect(source.loads).toEqual(['a:1', 'b:1']);
  expect(namesOf(plane)).toEqual(['a']);
  expect(plane.problems()).toMatchObject([{ model: 'b:1', state: 'failed' }]);
  await plane.close();
});

test('a moved alias switches without a gap, though both versions are above the budget for a moment', async () => {
  const source = versions('a').add('a');
  source.aliases.set('a@live', 'a:1');
  const plane = new ModelPlane({ source, budgetBytes: 15 * MB });
  await plane.find('a@live');
  source.aliases.set('a@live', 'a:2');
  const changing = source.change();
  while (!(plane.find('a@live') instanceof Promise) && (await plane.find('a@live')).label === 'a:1') await wait(1);
  expect(plane.find('a@live')).toMatchObject({ label: 'a:2' });
  await changing;
  await wait(100);
  expect(plane.memory.bytes).toBeLessThanOrEqual(15 * MB);
  expect(plane.counts.unloads.replaced).toBe(1);
  await plane.close();
});

test('who waits too long for room is told when to come back', async () => {
  const room = new MemoryRoom<{ bytes: number }>(
    { maxLoaded: 1, budgetBytes: undefined, waitMs: 60 },
    { log: silentLog, leastUsed: () => undefined, drop: () => Promise.resolve() },
  );
  room.occupy(5);
  await expect(room.reserve('b:1', 5, true)).rejects.toMatchObject({ code: 'OVERLOADED', retryAfter: 1 });
  await room.reserve('pinned:1', 5, false);
});

test('unloading waits for running requests; the name comes back when it is loaded again', async () => {
  const source = versions('a');
  const plane = new ModelPlane({ source });
  const model = await plane.find('a');
  const release = model.hold();
  let isDone = false;
  const unloading = plane.unload('a').then(() => (isDone = true));
  await wait(120);
  expect(isDone).toBe(false);
  await infer(model);
  release();
  await unloading;
  expect(() => plane.find('a')).toThrow('a was unloaded.');
  expect(() => plane.find('a:1')).toThrow('a was unloaded.');
  await source.change();
  expect(namesOf(plane)).toEqual([]);
  await plane.load('a');
  expect(plane.find('a')).toMatchObject({ label: 'a:1' });
  await plane.close();
});

test('an alias that moves again and again never goes back to an older version', async () => {
  const source = versions('a');
  for (let i = 0; i < 40; i++) source.add('a');
  source.loadMs = 5;
  source.aliases.set('a@live', 'a:1');
  const plane = new ModelPlane({ source });
  await plane.find('a@live');
  const seen: number[] = [];
  const look = setInterval(() => seen.push((plane.find('a@live') as ServedModel).version as number), 1);
  for (let version = 2; version <= 40; version++) {
    source.aliases.set('a@live', `a:${version}`);
    // Nobody waits for the change before the next one.
    void source.change();
    await wait(version % 7);
  }
  for (let i = 0; i < 100 && (plane.find('a@live') as ServedModel).version !== 40; i++) await wait(20);
  clearInterval(look);
  expect(plane.find('a@live')).toMatchObject({ version: 40 });
  expect(seen).toEqual(seen.toSorted((x, y) => x - y));
  await wait(200);
  expect(plane.loaded().length).toBe(1);
  await plane.close();
});
