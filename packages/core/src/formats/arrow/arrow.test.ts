import { expect, test } from 'vitest';
import { readArrowStream, writeArrowStream, type ArrowColumn } from './index.ts';

const columns: ArrowColumn[] = [
  { name: 'x', type: 'float64', values: Float64Array.of(1.5, NaN, -0, 1e300, Infinity, 6, 7, 8, 9) },
  { name: 'id', type: 'int64', values: BigInt64Array.of(9007199254740993n, -1n, 0n, 3n, 4n, 5n, 6n, 7n, 8n) },
  { name: 'ok', type: 'bool', values: [true, false, true, true, false, false, true, false, true] },
  { name: 'naïve', type: 'utf8', values: ['a', null, '', 'Ünï', '🙂', 'f', 'g', 'h', 'i'] },
];

test('what is written is read', () => {
  const table = readArrowStream(writeArrowStream(columns, 9));
  expect(table.count).toBe(9);
  expect(table.columns.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
  table.columns.forEach(({ values }, i) =>
    expect(Array.from(values)).toEqual([...((columns[i] as ArrowColumn).values as Iterable<unknown>)]),
  );
});

test('no rows', () => {
  const empty: ArrowColumn[] = [
    { name: 'a', type: 'utf8', values: [] },
    { name: 'b', type: 'bool', values: [] },
  ];
  expect(readArrowStream(writeArrowStream(empty, 0))).toMatchObject({ count: 0 });
});

test('every byte changed: a table or a coded error, quickly', () => {
  const whole = writeArrowStream(columns, 9);
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = value;
      expectCoded(bytes);
    }
    expectCoded(whole.subarray(0, at));
  }
});

function expectCoded(bytes: Uint8Array): void {
  try {
    readArrowStream(bytes);
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^INVALID_/) as string });
  }
}
