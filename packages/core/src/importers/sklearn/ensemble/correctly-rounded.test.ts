import { expect, test } from 'vitest';
import { exponentialOf, naturalLog, naturalLogOfOnePlus } from './correctly-rounded.ts';

/** Results of Python's decimal module with 50 digits. */
test.for([
  [0.48, -0.7339691750802004, 0.3920420877760237],
  [0.923076923076923, -0.0800427076735365, 0.6539264674066639],
  [3.7, 1.308332819650179, 1.547562508716013],
  [1e-20, -46.051701859880914, 1e-20],
  [0.9999999999, -1.000000082790371e-10, 0.6931471805099453],
  [123456.789, 11.723646487185881, 11.72365458715315],
] as const)('ln %d', ([x, log, logOfOnePlus]) => {
  expect(naturalLog(x)).toBe(log);
  expect(naturalLogOfOnePlus(x)).toBe(logOfOnePlus);
});

test.for([
  [-0.08, 0.9231163463866358],
  [1.3, 3.6692966676192444],
  [-36, 2.3195228302435696e-16],
  [0, 1],
] as const)('exp %d', ([x, power]) => {
  expect(exponentialOf(x)).toBe(power);
});

test('outside their range they are those of the platform', () => {
  expect([naturalLog(0), naturalLog(-1), naturalLog(Infinity)]).toEqual([-Infinity, NaN, Infinity]);
  expect([exponentialOf(1000), exponentialOf(-1000), exponentialOf(NaN)]).toEqual([Infinity, 0, NaN]);
});
