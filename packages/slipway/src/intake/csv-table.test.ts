import { expect, test } from 'vitest';
import { parseCsv } from './csv-table.ts';

test.for([
  ['a,b\n1,2\n', [['1', '2']]],
  [
    'a,b\r\n1,2\r\n3,4',
    [
      ['1', '2'],
      ['3', '4'],
    ],
  ],
  ['\uFEFFa,b\n1,2', [['1', '2']]],
  ['a,b\n"x, y","say ""hi"""\n', [['x, y', 'say "hi"']]],
  ['a,b\n"two\nlines",2\n', [['two\nlines', '2']]],
  ['a,b\n,\n', [['', '']]],
  ['a,b\n1,', [['1', '']]],
  ['a,b\n\n1,2\n\n', [['1', '2']]],
  ['a,b\n', []],
] as const)('CSV %j', ([text, rows]) => {
  expect(parseCsv(text)).toEqual({ header: ['a', 'b'], rows });
});

test.for<[string, string]>([
  ['', 'empty'],
  ['a,b\n1\n', 'expected 2 cells'],
  ['a,b\n1,2,3\n', 'expected 2 cells'],
  ['a,b\n"open,2\n', 'quotes'],
  ['a,b\nx"y,2\n', 'quotes'],
])('CSV %j is refused', ([text, problem]) => {
  expect(() => parseCsv(text)).toThrow(problem);
});
