import { expect, test } from 'vitest';
import { fuzzImporters } from './importer-fuzz.ts';

test('mutated model files end in coded errors', () => {
  const { tried, crashes } = fuzzImporters(6, 1);
  expect(crashes).toEqual([]);
  expect(tried).toBeGreaterThan(50);
});
