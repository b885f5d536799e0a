import { expect, test } from 'vitest';
import { float64, int64, strings } from '../tensor/index.ts';
import { exact, explain, firstDifference, float64Tolerance, isClose } from './compare.ts';

test.for([
  [1, 1, true],
  [1 + 5e-10, 1, true],
  [1 + 5e-9, 1, false],
  [5e-13, 0, true],
  [5e-12, 0, false],
  [NaN, NaN, true],
  [NaN, 1, false],
  [Infinity, Infinity, true],
  [Infinity, -Infinity, false],
  [1e300, Infinity, false],
] as const)('%d is close to %d: %s', ([got, expected, close]) => {
  expect(isClose(got, expected, float64Tolerance)).toBe(close);
});

test('bit-equal allows nothing but the sign of zero', () => {
  expect(isClose(1 + Number.EPSILON, 1, exact)).toBe(false);
  expect(isClose(-0, 0, exact)).toBe(true);
});

test('the first difference tells output, row, position and both values', () => {
  const expected = { p: float64([0.1, 0.9, 0.3, 0.7], [2, 2]), label: strings(['a', 'b']) };
  expect(firstDifference(expected, expected, exact)).toBeUndefined();
  const other = { ...expected, p: float64([0.1, 0.9, 0.3, 0.6], [2, 2]) };
  const difference = firstDifference(expected, other, float64Tolerance);
  expect(difference).toEqual({ output: 'p', row: 1, at: 1, expected: 0.7, got: 0.6 });
  expect(difference && explain(difference)).toBe('p[1] of row 1: expected 0.7, got 0.6');
  expect(firstDifference(expected, { label: strings(['a', 'c']) }, exact)).toMatchObject({ output: 'label', row: 1 });
  expect(firstDifference({ n: int64([1]) }, { n: int64([2]) }, exact)).toMatchObject({ expected: 1n, got: 2n });
  expect(firstDifference(expected, other, exact, (output, row) => output === 'p' && row === 1)).toBeUndefined();
});
