import { expect, test } from 'vitest';
import { compileRows, decodeColumns, decodeMatrix, type ColumnData, type Signature } from './index.ts';

const table: Signature = {
  form: 'table',
  task: 'regression',
  outputs: { value: 'value' },
  columns: [
    { name: 'x', type: 'number', nullable: true, required: true },
    { name: 'n', type: 'integer', nullable: false, required: true },
    { name: 'kind', type: 'string', nullable: true, required: true, categories: ['a', 'b'], closed: false },
    { name: 'dropped', type: 'string', nullable: true, required: false },
  ],
};
const rows = compileRows(table);
const columns = (given: Record<string, ArrayLike<unknown>>): Map<string, ColumnData> =>
  new Map(Object.entries(given).map(([name, values]) => [name, { values, offset: 0, stride: 1 }]));

test('columns are decoded as rows are', () => {
  const byColumn = decodeColumns(
    rows,
    columns({ x: Float64Array.of(1, NaN, 3), n: BigInt64Array.of(1n, 2n, 3n), kind: ['a', null, 'c'] }),
    3,
  );
  const byRow = rows.decode([
    { x: 1, n: 1, kind: 'a' },
    { x: null, n: 2, kind: null },
    { x: 3, n: 3, kind: 'c' },
  ]);
  expect(byColumn).toEqual(byRow);
  expect(byColumn.warnings.size).toBe(1);
});

test.for<[string, Record<string, ArrayLike<unknown>>, string]>([
  ['a missing column', { x: [1], n: [1] }, 'kind: expected a column of 1 values, received nothing'],
  ['a fraction', { x: [1], n: [1.5], kind: ['a'] }, 'rows[0].n: expected an integer, received 1.5'],
  ['a number as text', { x: ['1'], n: [1], kind: ['a'] }, 'rows[0].x: expected a number or null, received "1"'],
  ['a text as number', { x: [1], n: [1], kind: [1] }, 'rows[0].kind: expected a string or null, received 1'],
  [
    'an undeclared column',
    { x: [1], n: [1], kind: ['a'], kinds: ['a'] },
    'kinds: the model has no such column; did you mean "kind"?',
  ],
  ['too few values', { x: [], n: [1], kind: ['a'] }, ''],
])('%s', ([, given, message]) => {
  const decode = () => decodeColumns(rows, columns(given), 1);
  if (message === '') expect(Number.isNaN(decode().tensors['x']?.data[0])).toBe(true);
  else expect(decode).toThrow(message);
});

test('a matrix of numbers is not copied where nothing has to change', () => {
  const array = compileRows({
    ...table,
    form: 'array',
    columns: ['a', 'b'].map((name) => ({ name, type: 'number', nullable: false, required: true }) as const),
  });
  const values = Float64Array.of(1, 2, 3, 4);
  expect(decodeMatrix(array, values, 2, 2).tensors['X']?.data).toBe(values);
  expect(() => decodeMatrix(array, Float64Array.of(1, NaN), 1, 2)).toThrow(
    'rows[0][1]: expected a number, received null',
  );
  expect(() => decodeMatrix(array, values, 1, 4)).toThrow('expected a row of 2 values, received a row of 4');
});
