import { expect, test } from 'vitest';
import { SlipwayError } from '../errors/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { compileRows, type Signature, type TensorSpec } from './index.ts';

const signature = (...tensors: TensorSpec[]): Signature => ({
  form: 'tensors',
  task: 'graph',
  columns: [],
  tensors,
  outputs: {},
});
const image = signature({ name: 'image', dtype: 'float32', shape: [2, 2] });
const pair = signature({ name: 'ids', dtype: 'int64', shape: [null] }, { name: 'weight', dtype: 'float64', shape: [] });

function errorOf(run: () => unknown): SlipwayError {
  try {
    run();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test.for<{ name: string; of: Signature; document: unknown; single: boolean; shapes: Record<string, number[]> }>([
  {
    name: 'one nested array is a row',
    of: image,
    document: [
      [1, 2],
      [3, 4],
    ],
    single: true,
    shapes: { image: [1, 2, 2] },
  },
  {
    name: 'one level more is a batch',
    of: image,
    document: [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ],
    single: false,
    shapes: { image: [3, 2, 2] },
  },
  {
    name: 'an object of rows',
    of: image,
    document: {
      image: [
        [1, 2],
        [3, 4],
      ],
    },
    single: true,
    shapes: { image: [1, 2, 2] },
  },
  {
    name: 'an object of batches',
    of: image,
    document: {
      image: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    },
    single: false,
    shapes: { image: [1, 2, 2] },
  },
  {
    name: 'an array of objects',
    of: pair,
    document: [
      { ids: [1, 2, 3], weight: 1 },
      { ids: [4, 5, 6], weight: 2 },
    ],
    single: false,
    shapes: { ids: [2, 3], weight: [2] },
  },
  {
    name: 'several tensors of one row',
    of: pair,
    document: { ids: [1, 2, 3], weight: 0.5 },
    single: true,
    shapes: { ids: [1, 3], weight: [1] },
  },
  {
    name: 'several tensors of a batch',
    of: pair,
    document: { ids: [[1], [2]], weight: [0.5, 1] },
    single: false,
    shapes: { ids: [2, 1], weight: [2] },
  },
])('$name', ({ of, document, single, shapes }) => {
  const decoded = compileRows(of).decode(document);
  expect(decoded.single).toBe(single);
  expect(Object.fromEntries(Object.entries(decoded.tensors).map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
});

test.for<{ name: string; of: Signature; document: unknown; problems: string[] }>([
  { name: 'a missing tensor', of: pair, document: { ids: [1] }, problems: ['weight: number'] },
  {
    name: 'an unknown tensor',
    of: pair,
    document: { ids: [1], weight: 1, wieght: 2 },
    problems: ['wieght: one of "ids", "weight"'],
  },
  {
    name: 'a wrong element',
    of: image,
    document: [
      [1, 2],
      [3, 'x'],
    ],
    problems: ['[1][1]: number or null'],
  },
  {
    name: 'a wrong element of a named batch',
    of: image,
    document: {
      image: [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [1, 2],
          [3, {}],
        ],
      ],
    },
    problems: ['image[1][1][1]: number or null'],
  },
  {
    name: 'a wrong element in an array of rows',
    of: pair,
    document: [
      { ids: [1], weight: 1 },
      { ids: ['x'], weight: 1 },
    ],
    problems: ['rows[1].ids[0]: integer'],
  },
  { name: 'a wrong shape', of: image, document: [[1, 2], [3]], problems: ['[1]: array of 2'] },
  { name: 'ragged rows', of: pair, document: { ids: [[1, 2], [3]], weight: [1, 2] }, problems: ['ids[1]: array of 2'] },
  {
    name: 'unequal batches',
    of: pair,
    document: { ids: [[1], [2]], weight: [1] },
    problems: ['weight: array of 2, as many rows as the others'],
  },
  { name: 'too flat', of: image, document: [1, 2], problems: ['[0]: array of 2', '[1]: array of 2'] },
  { name: 'a scalar for several tensors', of: pair, document: 5, problems: [': object with "ids", "weight"'] },
])('refuses $name', ({ of, document, problems }) => {
  const { errors = [] } = errorOf(() => compileRows(of).decode(document));
  expect(errors.map(({ path, expected }) => `${path}: ${expected.replace(/^integer .*/, 'integer')}`)).toEqual(
    problems,
  );
});

test('unknown tensors pass by on request', () => {
  expect(compileRows(pair).decode({ ids: [1], weight: 1, other: 2 }, { extra: 'ignore' }).count).toBe(1);
});

const one = (dtype: TensorSpec['dtype'], json: string): Tensor | undefined =>
  compileRows(signature({ name: 'x', dtype, shape: [null] })).parse(json).tensors['x'];

test('integers beyond 2^53 stay exact, as JSON numbers and as strings', () => {
  expect(one('int64', '[9007199254740993, "-9007199254740993", 1, -9223372036854775808]')?.data).toEqual(
    BigInt64Array.of(9007199254740993n, -9007199254740993n, 1n, -(2n ** 63n)),
  );
  expect(one('uint64', '[18446744073709551615]')?.data).toEqual(BigUint64Array.of(2n ** 64n - 1n));
  expect(one('int64', '[true, false]')?.data).toEqual(BigInt64Array.of(1n, 0n));
});

test.for<[TensorSpec['dtype'], string]>([
  ['int64', '[9223372036854775808]'],
  ['int64', '["1e3"]'],
  ['int64', '[1.5]'],
  ['int64', '[1e30]'],
  ['uint64', '[-1]'],
  ['uint8', '[256]'],
  ['int8', '[-129]'],
  ['int32', '["5"]'],
  ['int32', '[null]'],
  ['float64', '["5"]'],
  ['float32', '[1e999]'],
  ['bool', '[2]'],
  ['string', '[1]'],
])('%s does not take %s', ([dtype, json]) => expect(errorOf(() => one(dtype, json)).code).toBe('INVALID_INPUT'));

test('every dtype has its storage', () => {
  expect(one('float16', '[1, -2, 65504, null]')?.data).toEqual(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x7e00));
  expect(one('bfloat16', '[1, -2, 3.140625, null]')?.data).toEqual(Uint16Array.of(0x3f80, 0xc000, 0x4049, 0x7fc0));
  expect(one('float32', '[0.1, null]')?.data).toEqual(Float32Array.of(0.1, NaN));
  expect(one('bool', '[true, 0, 1]')?.data).toEqual(Uint8Array.of(1, 0, 1));
  expect(one('string', '["a", ""]')?.data).toEqual(['a', '']);
  expect(one('uint32', '[4294967295]')?.data).toEqual(Uint32Array.of(4294967295));
  expect(one('int16', '[-32768]')?.data).toEqual(Int16Array.of(-32768));
});
