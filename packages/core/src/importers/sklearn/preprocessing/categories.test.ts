import { expect, test } from 'vitest';
import { PyFloat, type Plain } from '../../../formats/python/index.ts';
import { pythonText } from './categories.ts';

test.for<readonly [Plain, string]>([
  [null, 'None'],
  [true, 'True'],
  [3, '3'],
  ['a b', 'a b'],
  [new PyFloat(3), '3.0'],
  [new PyFloat(-0.25), '-0.25'],
  [new PyFloat(1e15), '1000000000000000.0'],
  [new PyFloat(1e16), '1e+16'],
  [new PyFloat(0.0001), '0.0001'],
  [new PyFloat(0.000012), '1.2e-05'],
  [new PyFloat(1e-300), '1e-300'],
  [new PyFloat(NaN), 'nan'],
  [new PyFloat(-Infinity), '-inf'],
])('%o is written as %s', ([item, text]) => {
  expect(pythonText(item)).toBe(text);
});
