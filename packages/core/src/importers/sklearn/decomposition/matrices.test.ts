import { expect, test } from 'vitest';
import { inverse, product, productWithTransposed } from './matrices.ts';

test('products', () => {
  const a = Float64Array.of(1, 2, 3, 4, 5, 6);
  expect(product(a, Float64Array.of(1, 0, 0, 1, 1, 1), 3)).toEqual(Float64Array.of(4, 5, 10, 11));
  expect(productWithTransposed(a, Float64Array.of(1, 1, 1, 0, 0, 1), 3)).toEqual(Float64Array.of(6, 3, 15, 6));
});

test('an inverse that needs another pivot', () => {
  const matrix = Float64Array.of(0, 2, 1, 4, 0, 1, 1, 1, 0);
  const inverted = inverse(matrix, 3);
  expect(inverted && [...product(matrix, inverted, 3)].map((cell) => Math.round(cell * 1e12) / 1e12 + 0)).toEqual([
    1, 0, 0, 0, 1, 0, 0, 0, 1,
  ]);
});

test('no inverse', () => {
  expect(inverse(Float64Array.of(1, 2, 2, 4), 2)).toBeUndefined();
  expect(inverse(Float64Array.of(1, NaN, 2, 4), 2)).toBeUndefined();
});
