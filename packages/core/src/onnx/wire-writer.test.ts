import { expect, test } from 'vitest';
import { WireReader } from './wire-reader.ts';
import { writeWire, type WireWriter } from './wire-writer.ts';

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

test.for<[string, (w: WireWriter) => void, string]>([
  ['a number', (w) => w.int(1, 300), '08ac02'],
  ['a negative number', (w) => w.int(1, -1), '08ffffffffffffffffff01'],
  ['a number of 64 bits', (w) => w.int(1, 2n ** 63n - 1n), '08ffffffffffffffff7f'],
  ['a large number', (w) => w.int(1, 2 ** 40), '08808080808020'],
  ['a float', (w) => w.float(2, 1.5), '150000c03f'],
  ['a message of a message', (w) => w.message(1, () => w.message(2, () => w.int(3, 1))), '0a0412021801'],
  ['an empty message', (w) => w.message(1, () => {}), '0a00'],
  [
    'packed numbers',
    (w) => w.packedInts(8, [1, 127, 128, 16_383, 16_384, -1]),
    '4213017f8001ff7f808001ffffffffffffffffff01',
  ],
  ['packed numbers of 64 bits', (w) => w.packedInts(8, BigInt64Array.of(5n, -1n)), '420b05ffffffffffffffffff01'],
  ['strings', (w) => w.strings(9, ['a', 'b', 'a', 'ü', 'b', '']), '4a01614a01624a01614a02c3bc4a01624a00'],
  ['no strings', (w) => w.strings(9, []), ''],
])('%s', ([, write, expected]) => {
  expect(hex(writeWire(write))).toBe(expected);
});

test('lengths of messages beyond one byte are right at every level', () => {
  const bytes = writeWire((w) => {
    for (const size of [0, 127, 128, 16_384, 100_000]) {
      w.message(1, () => w.message(2, () => w.message(3, () => w.bytes(4, new Uint8Array(size).fill(size % 251)))));
    }
  });
  const sizes: number[] = [];
  const open = (part: Uint8Array, level: number): void => {
    const reader = new WireReader(part);
    while (reader.next()) {
      const inner = reader.bytes();
      if (level === 4) sizes.push(inner.length);
      else open(inner, level + 1);
    }
  };
  open(bytes, 1);
  expect(sizes).toEqual([0, 127, 128, 16_384, 100_000]);
});

test('the size is known before memory is taken', () => {
  const sizes: number[] = [];
  expect(() =>
    writeWire(
      (w) => w.bytes(1, new Uint8Array(10)),
      (size) => {
        sizes.push(size);
        throw new Error('too large');
      },
    ),
  ).toThrow('too large');
  expect(sizes).toEqual([12]);
});
