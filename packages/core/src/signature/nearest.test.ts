import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const names = ['age', 'monthly_charges', 'Total Charges', 'plan', 'DSL'];

test.for<[string, string | undefined]>([
  ['aeg', 'age'],
  ['Age', 'age'],
  [' age ', 'age'],
  ['ages', 'age'],
  ['monthly-charges', 'monthly_charges'],
  ['montly_chargs', 'monthly_charges'],
  ['total_charges', 'Total Charges'],
  ['dls', 'DSL'],
  ['plna', 'plan'],
  ['xyz', undefined],
  ['id', undefined],
  ['', undefined],
  ['x'.repeat(1000), undefined],
])('%j → %j', ([word, expected]) => expect(nearest(word, names)).toBe(expected));
