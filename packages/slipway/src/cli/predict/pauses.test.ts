import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PAUSE, withPauses } from './pauses.ts';

async function* letters(...waits: readonly number[]): AsyncGenerator<string> {
  for (const [i, ms] of waits.entries()) {
    if (ms > 0) await sleep(ms);
    yield String.fromCodePoint(97 + i);
  }
}

test('a mark stands where the next chunk is late', async () => {
  expect(await Array.fromAsync(withPauses(letters(0, 0, 60, 0)))).toEqual(['a', 'b', PAUSE, 'c', 'd']);
});

test('what fails after a pause is thrown', async () => {
  async function* broken(): AsyncGenerator<string> {
    yield 'a';
    await sleep(40);
    throw new Error('torn');
  }
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const chunk of withPauses(broken())) {
      seen.push(chunk);
      if (chunk === PAUSE) await sleep(60);
    }
  })();
  await expect(reading).rejects.toThrow('torn');
  expect(seen).toEqual(['a', PAUSE]);
});

test('whoever stops early closes the source', async () => {
  let isClosed = false;
  async function* source(): AsyncGenerator<string> {
    try {
      yield await Promise.resolve('a');
      yield 'b';
    } finally {
      isClosed = true;
    }
  }
  for await (const chunk of withPauses(source())) if (chunk === 'a') break;
  expect(isClosed).toBe(true);
});
