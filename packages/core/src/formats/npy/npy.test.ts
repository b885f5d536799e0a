import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { portableInflate } from '../compression/index.ts';
import { defaultLimits } from '../limits/index.ts';
import { repr, sparseFromNpz, toDense } from '../python/index.ts';
import { parseLiteral } from './literal.ts';
import { readNpy, readNpz } from './index.ts';

const file = JSON.parse(
  readFileSync(new URL('../../../../../fixtures/formats/pickles.json', import.meta.url), 'utf8'),
) as {
  npy: Record<string, string>;
  sparse_npz: Record<string, string>;
};
const decode = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64'));
const read = (bytes: Uint8Array) => readNpy(bytes, defaultLimits);

test.for([
  ['version 1', 'array(<f8, (2, 3), F)', '[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]'],
  ['version 2', 'array(<f8, (2, 3), F)', '[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]'],
  ['version 3', 'array(<f8, (2, 3), F)', '[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]'],
  ['strings', 'array(<U3, (3))', "['a', 'bé😀', '']"],
  ['objects', 'array(|O, (3))', "['a', None, 1.5]"],
  ['dates', 'array(<M8[D], (1))', '[18262]'],
  ['bool', 'array(|b1, (2))', '[True, False]'],
  ['no dimensions', 'array(<f8, ())', '[4.5]'],
] as const)('%s', ([name, array, items]) => {
  const content = read(decode(file.npy[name]));
  expect(repr(content.array)).toBe(array);
  expect(repr(content.array.toList())).toBe(items);
});

test('records keep the offsets of their alignment', () => {
  const { array } = read(decode(file.npy['records']));
  expect(array.dtype.itemSize).toBe(24);
  expect([...(array.fieldFloat64('b') ?? [])]).toEqual([2.5]);
  expect([...(array.field('c')?.toInt32() ?? [])]).toEqual([7, 8]);
});

test('the names inside an array of objects are reported', () => {
  expect([...read(decode(file.npy['objects'])).globals.keys()]).toContain('numpy.dtype');
});

test('damage is refused', () => {
  const bytes = decode(file.npy['version 1']);
  const corrupt = expect.objectContaining({ code: 'CORRUPT_FILE' });
  for (const length of [0, 5, 9, 11, 40, bytes.length - 1])
    expect(() => read(bytes.subarray(0, length)), `${length}`).toThrow(corrupt);
  const text = Buffer.from(bytes).toString('latin1');
  const changed = (from: string, to: string) => new Uint8Array(Buffer.from(text.replace(from, to), 'latin1'));
  expect(() => read(changed('(2, 3)', '(9, 9)'))).toThrow(/ends too early/);
  expect(() => read(changed('(2, 3)', '(-2,3'))).toThrow(corrupt);
  expect(() => read(changed('True', 'open'))).toThrow(corrupt);
  expect(() => read(changed("'<f8'", "'<x8'"))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_FORMAT' }));
  expect(() => read(changed('\x01\x00', '\x04\x00'))).toThrow(/version 4/);
});

test.for(['csr', 'csc', 'coo', 'dia'])('a sparse matrix of save_npz: %s', (name) => {
  const { arrays } = readNpz(decode(file.sparse_npz[name]), portableInflate);
  const sparse = sparseFromNpz(arrays);
  expect([...toDense(sparse as never)]).toEqual(name === 'coo' ? [4, 0, 1, 5, 0, 0] : [1, 0, 2, 0, 0, 3]);
  expect(sparseFromNpz(new Map())).toBeUndefined();
});

test.for<readonly [text: string, value: unknown]>([
  [
    "{'a': (2, 3L), 'b': [], }",
    new Map<string, unknown>([
      ['a', [2, 3]],
      ['b', []],
    ]),
  ],
  ['(1,)', [1]],
  ['(1)', 1],
  ['()', []],
  ['"a\\x41\\u00e9\\\'"', "aAé'"],
  ['[None, True, False, -5]', [null, true, false, -5]],
])('literal %s', ([text, value]) => {
  expect(parseLiteral(text)).toEqual(value);
});

test.for([
  '',
  '{',
  '{1: 2}',
  "{'a'}",
  '[1 2]',
  '1.5',
  'f()',
  '1+1',
  '(1,,)',
  "'a",
  '1 2',
  '['.repeat(100),
  '__import__("os")',
])('literal %j is refused', (text) => {
  expect(() => parseLiteral(text)).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
});
