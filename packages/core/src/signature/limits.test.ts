import { expect, test } from 'vitest';
import { columnSchema } from './json-schema.ts';
import { exampleValue } from './example-row.ts';
import { isWithin, tightest, type Limit } from './limits.ts';
import { compileRows } from './rows.ts';
import type { Column, Signature } from './signature.ts';

const limit = (refuses: Limit['refuses'], value: number): Limit => ({ refuses, value });

test.for([
  { limits: [limit('below', 0)], inside: [0, 1], outside: [-1e-300] },
  { limits: [limit('upTo', 0)], inside: [5e-324], outside: [0, -0, -1] },
  { limits: [limit('above', 1), limit('below', -1)], inside: [-1, 1], outside: [1.0000000001, -2] },
  { limits: [limit('from', 1), limit('exactly', 0)], inside: [0.5, -1], outside: [1, 0, -0] },
])('$limits', ({ limits, inside, outside }) => {
  for (const x of inside) expect(isWithin(limits, x), `${x}`).toBe(true);
  for (const x of outside) expect(isWithin(limits, x), `${x}`).toBe(false);
});

test.for([
  {
    name: 'one on each side',
    given: [limit('below', 0), limit('below', 2), limit('above', 9)],
    kept: [limit('below', 2), limit('above', 9)],
  },
  { name: 'the stricter of two at one value', given: [limit('below', 0), limit('upTo', 0)], kept: [limit('upTo', 0)] },
  {
    name: 'a border that is refused too',
    given: [limit('below', -1), limit('exactly', -1)],
    kept: [limit('upTo', -1)],
  },
  {
    name: 'nothing beyond a border',
    given: [limit('upTo', 0), limit('exactly', -5), limit('exactly', 3)],
    kept: [limit('upTo', 0), limit('exactly', 3)],
  },
])('$name', ({ given, kept }) => {
  expect(tightest(given)).toEqual(kept);
});

const column: Column = {
  name: 'income',
  type: 'number',
  nullable: true,
  required: true,
  limits: [limit('upTo', 0), limit('above', 100)],
};
const signature: Signature = { form: 'table', task: 'regression', columns: [column], outputs: {} };

test('rows outside are refused, in words', () => {
  const rows = compileRows(signature);
  expect(() => rows.decode([{ income: 0 }])).toThrow('number greater than 0 and at most 100 or null');
  expect(rows.decode([{ income: 0.5 }, { income: null }]).count).toBe(2);
});

test('the schema and the example keep to them', () => {
  expect(columnSchema(column)).toMatchObject({ exclusiveMinimum: 0, maximum: 100 });
  expect(isWithin(column.limits ?? [], exampleValue(column) as number)).toBe(true);
});
