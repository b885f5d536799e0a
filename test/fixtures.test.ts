import { expect, test } from 'vitest';
import { fixtureNames, hostileFiles, readFixture } from './fixtures.ts';

test('every fixture has a model, a golden and one output entry per row', () => {
  const names = fixtureNames();
  expect(names).toHaveLength(55);
  for (const name of names) {
    const { golden } = readFixture(name);
    expect(golden.fixture).toBe(name);
    expect(Object.keys(golden.outputs).length, name).toBeGreaterThan(0);
    for (const [output, values] of Object.entries(golden.outputs))
      expect(values.length, `${name} ${output}`).toBe(golden.rows.length);
  }
});

test('every hostile file of the index is there', () => {
  expect(hostileFiles()).toHaveLength(63);
});

test('a missing fixture throws', () => {
  expect(() => readFixture('no-such-fixture')).toThrow();
  expect(() => fixtureNames('no-such-')).toThrow('No fixture starts with');
});
