import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Limiter } from './index.ts';

const never = new AbortController().signal;

test('so many run at once, the others wait their turn', async () => {
  const limiter = new Limiter({ running: 2, waiting: 10 });
  let running = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3, 4, 5].map((i) =>
      limiter.run(never, async () => {
        most = Math.max(most, ++running);
        await wait(5);
        running--;
        order.push(i);
      }),
    ),
  );
  expect(most).toBe(2);
  expect(new Set(order)).toEqual(new Set([1, 2, 3, 4, 5]));
  expect(new Set(order.slice(0, 2))).toEqual(new Set([1, 2]));
});

test('what finds no place is refused at once', async () => {
  const limiter = new Limiter({ running: 1, waiting: 1 });
  const first = limiter.run(never, () => wait(20));
  const second = limiter.run(never, () => wait(1));
  await expect(limiter.run(never, () => wait(1))).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
  await Promise.all([first, second]);
  await limiter.run(never, () => wait(1));
});

test('whoever gives up leaves the queue, and failures give their place back', async () => {
  const limiter = new Limiter({ running: 1, waiting: 5 });
  const abort = new AbortController();
  const first = limiter.run(never, () => wait(20));
  const second = limiter.run(abort.signal, () => wait(1));
  abort.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  expect(limiter.waiting).toBe(0);
  await first;
  await expect(limiter.run(never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await limiter.run(never, () => Promise.resolve('fine'))).toBe('fine');
  await expect(limiter.run(abort.signal, () => Promise.resolve())).rejects.toThrow('gone');
});

test('what would wait too long is refused, with when to come back', async () => {
  const limiter = new Limiter({ running: 1, waiting: 1000, waitMs: 100 });
  for (let i = 0; i < 30; i++) await limiter.run(never, () => wait(20));
  const asked = Array.from({ length: 60 }, () => limiter.run(never, () => wait(20)));
  const results = await Promise.allSettled(asked);
  const refused = results.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(40);
  expect(refused.length).toBeLessThan(60);
  expect(refused[0]).toMatchObject({ reason: { code: 'OVERLOADED', retryAfter: 1 } });
});
