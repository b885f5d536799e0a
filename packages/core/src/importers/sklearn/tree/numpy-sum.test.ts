import { expect, test } from 'vitest';
import { numpySum } from './numpy-sum.ts';

/** Results of NumPy 2.4 for 1 / (0.7 i + 1.3). */
const sums: readonly (readonly [count: number, sum: number])[] = [
  [5, 2.1776212256843532],
  [8, 2.729063063416514],
  [13, 3.3402553693439287],
  [130, 6.502359315471018],
  [300, 7.688608217678151],
];

function numbers(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => 1 / (i * 0.7 + 1.3));
}

test.for(sums)('%i numbers', ([count, sum]) => {
  expect(numpySum(numbers(count))).toBe(sum);
  expect(numpySum(Float64Array.of(7, ...numbers(count), 9), 1, count)).toBe(sum);
});

test('the order matters', () => {
  const oneByOne = sums.map(([count]) => numbers(count).reduce((sum, next) => sum + next, 0));
  expect(oneByOne).not.toEqual(sums.map(([, sum]) => sum));
});
