import { expect, test } from 'vitest';
import { parseDtype, structuredDtype, subArrayDtype, type Dtype } from './dtype.ts';
import { NdArray } from './ndarray.ts';
import { PyFloat } from './plain.ts';
import { NpScalar } from './scalar.ts';

/** Numbers written by a DataView, so in whatever byte order; shifted by `shift` bytes to be misaligned. */
function bytesOf(dtype: string, values: readonly number[], shift = 0): Uint8Array {
  const { kind, itemSize, littleEndian } = parseDtype(dtype);
  const buffer = new Uint8Array(values.length * itemSize + shift + 3);
  const view = new DataView(buffer.buffer);
  values.forEach((value, i) => {
    const at = shift + i * itemSize;
    if (kind === 'f' && itemSize === 8) view.setFloat64(at, value, littleEndian);
    else if (kind === 'f' && itemSize === 4) view.setFloat32(at, value, littleEndian);
    else if (itemSize === 8) view.setBigInt64(at, BigInt(value), littleEndian);
    else if (itemSize === 4) view.setInt32(at, value, littleEndian);
    else if (itemSize === 2) view.setInt16(at, value, littleEndian);
    else view.setInt8(at, value);
  });
  return buffer.subarray(shift, shift + values.length * itemSize);
}

const array = (dtype: string, values: readonly number[], shape = [values.length], fortran = false, shift = 0) =>
  new NdArray(shape, parseDtype(dtype), fortran, bytesOf(dtype, values, shift));

test.for(['<f8', '>f8', '<f4', '>f4', '<i8', '>i8', '<i4', '>i4', '<i2', '>i2', '|i1'])(
  'numbers of dtype %s, aligned or not',
  (dtype) => {
    for (const shift of [0, 1]) {
      const numbers = array(dtype, [1, -2, 100], [3], false, shift);
      expect([...numbers.toFloat64()]).toEqual([1, -2, 100]);
      const isInteger = dtype[1] === 'i';
      if (isInteger) expect([...numbers.toInt32()]).toEqual([1, -2, 100]);
      else expect(() => numbers.toInt32()).toThrow(/expected integers/);
      expect(numbers.toList()).toEqual(isInteger ? [1, -2, 100] : [1, -2, 100].map((value) => new PyFloat(value)));
    }
  },
);

test('unsigned integers', () => {
  expect([...array('<u4', [-1]).toFloat64()]).toEqual([4294967295]);
  expect(() => array('<u4', [-1]).toInt32()).toThrow(/32-bit/);
  expect([...array('<u2', [-1]).toInt32()]).toEqual([65535]);
  expect([...array('>u2', [-1]).toInt32()]).toEqual([65535]);
  expect([...array('|u1', [-1]).toUint8()]).toEqual([255]);
  expect([...array('<u8', [-1]).toFloat64()]).toEqual([2 ** 64]);
  expect(() => array('<u8', [-1]).toInt32()).toThrow(/32-bit/);
  expect([...array('<u8', [7]).toInt32()]).toEqual([7]);
});

test('64-bit integers beyond 32 bits', () => {
  expect([...array('<i8', [2 ** 40, -(2 ** 40), -1]).toFloat64()]).toEqual([2 ** 40, -(2 ** 40), -1]);
  expect(() => array('<i8', [2 ** 31]).toInt32()).toThrow(/32-bit/);
  expect(() => array('<i8', [-(2 ** 31) - 1]).toInt32()).toThrow(/32-bit/);
  expect([...array('<i8', [-(2 ** 31), 2 ** 31 - 1]).toInt32()]).toEqual([-(2 ** 31), 2 ** 31 - 1]);
});

test.for([
  { shape: [2, 3], columnMajor: [1, 4, 2, 5, 3, 6] },
  { shape: [3, 2, 1], columnMajor: [1, 3, 5, 2, 4, 6] },
  { shape: [1, 2, 3], columnMajor: [1, 4, 2, 5, 3, 6] },
  { shape: [6], columnMajor: [1, 2, 3, 4, 5, 6] },
])('Fortran order of shape $shape is answered row by row', ({ shape, columnMajor }) => {
  expect([...array('<f8', columnMajor, shape, true).toFloat64()]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...array('<i8', columnMajor, shape, true).toInt32()]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...array('|u1', columnMajor, shape, true).toUint8()]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(array('<i2', columnMajor, shape, true).toList()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('accessors copy: the file cannot be changed through them', () => {
  const numbers = array('|u1', [1, 2]);
  numbers.toUint8()[0] = 9;
  numbers.toInt32()[0] = 9;
  expect([...numbers.toUint8()]).toEqual([1, 2]);
});

test('fields of records, tree node tables included', () => {
  const node: Dtype = structuredDtype(
    [
      { name: 'left_child', dtype: parseDtype('<i8'), offset: 0 },
      { name: 'threshold', dtype: parseDtype('<f8'), offset: 8 },
      { name: 'missing', dtype: parseDtype('|u1'), offset: 16 },
      { name: 'bits', dtype: subArrayDtype(parseDtype('<u4'), [2]), offset: 20 },
    ],
    32,
  );
  const bytes = new Uint8Array(1 + 2 * 32).subarray(1);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (const [i, [left, threshold]] of [
    [1, 0.5],
    [-1, -2],
  ].entries()) {
    view.setBigInt64(i * 32, BigInt(left as number), true);
    view.setFloat64(i * 32 + 8, threshold as number, true);
    view.setUint8(i * 32 + 16, i);
    view.setUint32(i * 32 + 20, 4000000000 + i, true);
  }
  const nodes = new NdArray([2], node, false, bytes);
  expect([...(nodes.fieldInt32('left_child') ?? [])]).toEqual([1, -1]);
  expect([...(nodes.fieldFloat64('left_child') ?? [])]).toEqual([1, -1]);
  expect([...(nodes.fieldFloat64('threshold') ?? [])]).toEqual([0.5, -2]);
  expect([...(nodes.fieldUint8('missing') ?? [])]).toEqual([0, 1]);
  expect([...(nodes.field('threshold')?.toFloat64() ?? [])]).toEqual([0.5, -2]);
  expect(nodes.field('bits')?.shape).toEqual([2, 2]);
  expect([...(nodes.field('bits')?.toFloat64() ?? [])]).toEqual([4000000000, 0, 4000000001, 0]);
  expect(nodes.fieldInt32('right_child')).toBeUndefined();
  expect(nodes.field('right_child')).toBeUndefined();
  expect(() => nodes.fieldUint8('threshold')).toThrow(/booleans or bytes/);
  expect(() => nodes.toList()).toThrow(/cannot be listed/);
});

test('arrays of objects', () => {
  const dtype = parseDtype('O');
  expect([...new NdArray([3], dtype, false, [1, new PyFloat(2.5), null]).toFloat64()]).toEqual([1, 2.5, NaN]);
  expect([...new NdArray([2], dtype, false, [true, new NpScalar(parseDtype('<i8'), 7)]).toFloat64()]).toEqual([1, 7]);
  expect(() => new NdArray([1], dtype, false, ['a']).toFloat64()).toThrow(/expected numbers/);
  // Objects are listed row by row, whatever the order of the array.
  expect(new NdArray([2, 2], dtype, true, ['a', 'b', 'c', 'd']).toList()).toEqual(['a', 'b', 'c', 'd']);
});

test('what is no number says so', () => {
  expect(() => new NdArray([1], parseDtype('<U1'), false, new Uint8Array(4)).toFloat64()).toThrow(/<U1/);
  expect(() => new NdArray([1], parseDtype('<c16'), false, new Uint8Array(16)).toFloat64()).toThrow(/<c16/);
  expect(() => new NdArray([1], parseDtype('<U1'), false, new Uint8Array([0xff, 0xff, 0xff, 0])).toList()).toThrow(
    /character/,
  );
});

test.for([
  ['<f8', 'f', 8],
  ['f4', 'f', 4],
  ['|b1', 'b', 1],
  ['?', 'b', 1],
  ['b', 'i', 1],
  ['d', 'f', 8],
  ['U12', 'U', 48],
  ['S3', 'S', 3],
  ['O8', 'O', 8],
  ['<M8[ns]', 'M', 8],
  ['float64', 'f', 8],
  ['uint16', 'u', 2],
  ['V24', 'V', 24],
] as const)('dtype %s', ([text, kind, itemSize]) => {
  expect(parseDtype(text)).toMatchObject({ kind, itemSize });
});

test.for(['', 'x8', 'f8; import os', '<f8<f8', 'constructor', 'toString', 'U99999999999'])(
  'dtype %j is refused',
  (text) => {
    expect(() => parseDtype(text)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_FORMAT' }));
  },
);

test('records must hold their fields, and nest only so deep', () => {
  const f8 = parseDtype('f8');
  expect(() => structuredDtype([{ name: 'a', dtype: f8, offset: 1 }], 8)).toThrow(/outside/);
  expect(() => structuredDtype([{ name: 'a', dtype: f8, offset: -8 }], 8)).toThrow(/outside/);
  expect(() =>
    structuredDtype(
      [
        { name: 'a', dtype: f8, offset: 0 },
        { name: 'a', dtype: f8, offset: 0 },
      ],
      8,
    ),
  ).toThrow(/twice/);
  expect(() => subArrayDtype(f8, [2 ** 20, 2 ** 20])).toThrow(/impossible/);
  expect(() => {
    let dtype = f8;
    for (let i = 0; i < 20; i++) dtype = subArrayDtype(dtype, [1]);
  }).toThrow(/too deeply/);
});
