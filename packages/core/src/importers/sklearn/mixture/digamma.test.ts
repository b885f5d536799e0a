import { expect, test } from 'vitest';
import { digamma } from './digamma.ts';

/** From scipy.special.digamma. */
test.for([
  [0.1, -10.423754940411076],
  [0.5, -1.9635100260214235],
  [1, -0.5772156649015329],
  [2.75, 0.8189010249754325],
  [9.99, 2.250700372831201],
  [123.456, 4.811829323828985],
] as const)('ψ(%d)', ([x, known]) => {
  expect(Math.abs(digamma(x) - known)).toBeLessThan(4e-15 * Math.max(1, Math.abs(known)));
});

test.for([0, -0.5, -1e300, NaN])('ψ(%d), which a file may ask for, is NaN at once', (x) => {
  expect(digamma(x)).toBeNaN();
});
