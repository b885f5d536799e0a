import { expect, test } from 'vitest';
import { fuzzImporters } from '../importer-fuzz.ts';

/** Ten minutes, from a seed that nobody tried; it is printed, so that a crash can be found again. */
test('mutated model files end in coded errors', () => {
  const seed = Number(process.env['SLIPWAY_SEED'] ?? Math.floor(Math.random() * 2 ** 30));
  const { tried, crashes } = fuzzImporters(Number(process.env['SLIPWAY_FUZZ_SECONDS'] ?? 600), seed);
  process.stdout.write(`seed ${seed}: ${tried} files tried\n`);
  expect(crashes).toEqual([]);
});
