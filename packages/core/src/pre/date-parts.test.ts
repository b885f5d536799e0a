import { expect, test } from 'vitest';
import { dateParts, partsOfDate } from './date-parts.ts';
import { MISSING } from './missing.ts';

test.for([
  ['2024-02-29', [2024, 2, 29, 0, 0, 0, 1, 3, 3, 3, 60, 60]],
  ['1969-12-31T23:59:58.5Z', [1969, 12, 31, 23, 59, 58, 4, 2, 2, 2, 365, 365]],
  ['2021-03-01 07:05', [2021, 3, 1, 7, 5, 0, 1, 0, 0, 0, 60, 60]],
  ['2023-01-01T00:00:00+05:30', [2023, 1, 1, 0, 0, 0, 1, 6, 6, 6, 1, 1]],
] as const)('%s', ([text, expected]) => {
  expect([...partsOfDate(text, dateParts)]).toEqual(expected);
});

test.for(['yesterday', MISSING, '2024-2-9', ''])('no date: %s', (text) => {
  expect([...partsOfDate(text, ['year', 'day'])]).toEqual([NaN, NaN]);
});
