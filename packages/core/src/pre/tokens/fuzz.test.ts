import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core/errors';
import { expect, test } from 'vitest';
import { fixturesFolder } from '../../../../../test/fixtures.ts';
import { compileTokenizer } from './index.ts';

/** mulberry32: the same numbers on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const odd: readonly unknown[] = [
  null,
  -1,
  1e9,
  0.5,
  true,
  '',
  'x',
  '\ud800',
  [],
  [[]],
  {},
  { type: 'Sequence' },
  { Regex: '(' },
];

/** A copy with one value replaced, taken away or put elsewhere. */
function broken(value: unknown, random: () => number, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || random() < 0.1 * depth) {
    return odd[Math.floor(random() * odd.length)];
  }
  const entries = Object.entries(value);
  const at = Math.floor(random() * entries.length);
  const changed = entries.flatMap(([key, inner], i): [string, unknown][] => {
    if (i !== at) return [[key, inner]];
    return random() < 0.15 ? [] : [[key, broken(inner, random, depth + 1)]];
  });
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}

const folder = join(fixturesFolder, 'tokenizers');
const names = readdirSync(folder).filter((name) => name !== 'texts.json');
const texts = ['', 'The café — 東京 👩‍👩‍👧 <mask> 12\u0000', ' \n\t x=y newword'];

test.for(names.map((name, seed) => ({ name, seed })))('broken $name: ids or a coded error', ({ name, seed }) => {
  const random = randomFrom(seed);
  const { tokenizer } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { tokenizer: unknown };
  let refused = 0;
  for (let i = 0; i < 40; i++) {
    try {
      const compiled = compileTokenizer(broken(tokenizer, random));
      for (const text of texts) expect(compiled.encode(text).ids.every(Number.isInteger)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(SlipwayError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(0);
});
