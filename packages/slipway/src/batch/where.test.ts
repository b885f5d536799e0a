import { expect, test } from 'vitest';
import { compileWhere } from './where.ts';

const row: Readonly<Record<string, unknown>> = {
  age: 41,
  text: '7.50',
  country: 'DE',
  'my name': `O'Neil`,
  vip: true,
  no: null,
  big: 2n ** 60n,
  day: new Date('2026-01-31T00:00:00Z'),
};

test.for([
  ['age = 41', true],
  ['age >= 41 and age < 41', false],
  ['text > 7', true],
  ["text = '7.50'", true],
  ["country in ('AT', 'DE')", true],
  ["country not in ('AT', 'DE')", false],
  [`"my name" = 'O''Neil'`, true],
  ['vip = true', true],
  ['vip = false', false],
  ['no is null', true],
  ['no is not null', false],
  ['no = 1', false],
  ['no != 1', false],
  ['not no = 1', true],
  ["age = 1 or country = 'DE' and vip = true", true],
  ["(age = 1 or country = 'DE') and vip = false", false],
  ['big > 1e18', true],
  ["day >= '2026-01-01' and day < '2026-02-01'", true],
  ['age <> -1.5e1', true],
  ['AGE is null', true],
] as const)('%s', ([text, expected]) => {
  const { columns, test: passes } = compileWhere(text);
  expect(passes((name) => row[name])).toBe(expected);
  expect(columns.length).toBeGreaterThan(0);
});

test.for([
  '',
  'age',
  'age =',
  '= 1',
  'age = b',
  "age = 'x",
  'age = 1 or',
  '(age = 1',
  'age = 1)',
  'age ; drop',
  'age in ()',
  `${'('.repeat(200)}a = 1`,
])('%s is refused', (text) => {
  expect(() => compileWhere(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
