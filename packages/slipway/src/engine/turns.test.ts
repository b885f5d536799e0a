import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from './index.ts';

function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('whoever comes first goes at once, until a slice is used up', async () => {
  const turns = new Turns();
  expect(turns.isFree()).toBe(true);
  work(3);
  expect(turns.isFree()).toBe(false);
  await turn();
  expect(turns.isFree()).toBe(true);
});

test('those who wait go in their order, with what they promised, and the event loop turns between slices', async () => {
  const turns = new Turns();
  const order: string[] = [];
  let loops = 0;
  const count = () => {
    loops++;
    if (turns.waiting > 0) setImmediate(count);
  };
  setImmediate(count);
  for (let i = 0; i < 30; i++)
    turns.wait(async () => {
      work(0.6);
      await Promise.resolve();
      order.push(`${i} work`);
      await Promise.resolve();
      order.push(`${i} end`);
    });
  expect(turns.isFree()).toBe(false);
  while (turns.waiting > 0) await turn();
  await turn();
  expect(order).toEqual(Array.from({ length: 30 }, (_, i) => [`${i} work`, `${i} end`]).flat());
  expect(loops).toBeGreaterThan(10);
  await turn();
  expect(turns.isFree()).toBe(true);
});

test('many that wait lose nobody', async () => {
  const turns = new Turns();
  let gone = 0;
  for (let i = 0; i < 3500; i++) turns.wait(() => gone++);
  await wait(1);
  for (let i = 0; i < 500; i++) turns.wait(() => gone++);
  while (turns.waiting > 0) await turn();
  expect(gone).toBe(4000);
});

test('a burst may wait, a queue that stands may not', async () => {
  const turns = new Turns();
  expect(turns.refusal()).toBeUndefined();
  for (let i = 0; i < 150; i++) turns.wait(() => work(2));
  await wait(20);
  // Some 280 ms of work, which is a burst still.
  expect(turns.refusal()).toBeUndefined();
  for (let i = 0; i < 300; i++) turns.wait(() => work(2));
  await wait(150);
  expect(turns.refusal()).toMatchObject({ code: 'OVERLOADED' });
  while (turns.waiting > 0) await turn();
  await turn();
  expect(turns.refusal()).toBeUndefined();
});

test('long work lets others in between once a slice is over', async () => {
  const turns = new Turns();
  expect(turns.breathe()).toBeUndefined();
  work(3);
  await expect(turns.breathe()).resolves.toBeUndefined();
  expect(turns.isFree()).toBe(true);
});
