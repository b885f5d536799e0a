import { expect, test } from 'vitest';
import { blasNorm } from './blas-norm.ts';
import { fused } from './fused.ts';

/** From scipy.linalg.blas.ddot (OpenBLAS with AVX2). Added up in order, the last three end in another digit. */
test.for([
  [7, 478.3877551020407],
  [16, 1034.3673469387754],
  [23, 1537.1428571428573],
  [40, 2592.551020408163],
  [64, 4344.816326530612],
  [90, 6237.653061224491],
] as const)('‖x‖² of %i numbers', ([count, known]) => {
  const x = Array.from({ length: count }, (_, i) => ((i * 37 + 11) % 101) / 7);
  expect(blasNorm(x)).toBe(known);
});

test('a product and a sum are rounded once', () => {
  const a = 1 + 2 ** -30;
  expect(fused(a, a, -1 - 2 ** -29)).toBe(2 ** -60);
  expect(fused(1e200, 1e200, 1)).toBe(Infinity);
});
