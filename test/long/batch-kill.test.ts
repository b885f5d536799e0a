import { expect, test } from 'vitest';
import { killOften } from '../batch-kill.ts';

test('a batch job that is killed at 200 random moments, and resumed, writes the very same bytes', async () => {
  const { kills, different } = await killOften(200, Date.now());
  expect(kills).toBeGreaterThanOrEqual(200);
  expect(different).toEqual([]);
});
