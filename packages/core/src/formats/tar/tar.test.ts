import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTar } from './index.ts';

const file = JSON.parse(
  readFileSync(new URL('../../../../../fixtures/formats/compressed.json', import.meta.url), 'utf8'),
) as {
  tar: Record<string, string>;
  tar_refused: Record<string, string>;
};
const decode = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64'));
const longName = `folder/${'n'.repeat(150)}/é.txt`;

test.for([
  {
    name: 'ustar',
    files: [
      ['model.joblib', './model.joblib'],
      ['code/inference.py', './code/inference.py'],
    ],
  },
  { name: 'pax', files: [[longName, longName]] },
  { name: 'gnu', files: [[longName, longName]] },
])('$name', ({ name, files }) => {
  const archive = readTar(decode(file.tar[name]));
  const read = [...archive.files()].map(([path, bytes]) => [path, new TextDecoder().decode(bytes())]);
  expect(read).toEqual(files);
});

test.for([
  ['parent', 'leaves the folder'],
  ['absolute', 'absolute'],
  ['twice', 'twice'],
  ['symbolic link', 'is a link'],
  ['hard link', 'is a link'],
  ['device', 'no ordinary file'],
] as const)('%s is refused', ([name, message]) => {
  expect(file.tar_refused[name]).toBeDefined();
  expect(() => readTar(decode(file.tar_refused[name]))).toThrow(
    expect.objectContaining({ code: 'UNSAFE_ARCHIVE', message: expect.stringContaining(message) }),
  );
});

test('damage and limits', () => {
  const bytes = decode(file.tar['ustar']);
  const corrupt = expect.objectContaining({ code: 'CORRUPT_FILE' });
  expect(() => readTar(bytes.subarray(0, 1024))).toThrow(corrupt);
  expect(() => readTar(bytes.subarray(0, 700))).toThrow(corrupt);
  expect(() => readTar(new Uint8Array(0))).toThrow(corrupt);
  const changed = bytes.slice();
  changed[3] = 65;
  expect(() => readTar(changed)).toThrow(corrupt);
  expect(() => readTar(bytes, { archiveEntries: 1 })).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
});

test('a size in base 256 is read, and a huge one refused', () => {
  const bytes = decode(file.tar['gnu']);
  const set = (value: number) => {
    const changed = bytes.slice();
    changed.fill(0, 124, 136);
    changed[124] = 0x80;
    new DataView(changed.buffer).setUint32(132, value);
    changed.fill(0x20, 148, 156);
    const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    new TextEncoder().encodeInto(sum.toString(8).padStart(6, '0'), changed.subarray(148));
    changed[154] = 0;
    return changed;
  };
  const size = Number.parseInt(new TextDecoder().decode(bytes.subarray(124, 135)), 8);
  expect(readTar(set(size)).names).toEqual([longName]);
  expect(() => readTar(set(0xffffffff))).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
});
