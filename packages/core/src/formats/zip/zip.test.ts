import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { portableInflate } from '../compression/index.ts';
import { readZip } from './index.ts';

const fixtures = new URL('../../../../../fixtures/', import.meta.url);
const file = JSON.parse(readFileSync(new URL('formats/compressed.json', fixtures), 'utf8')) as {
  zip: Record<string, string>;
  zip_refused: Record<string, string>;
};
const decode = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64'));
const open = (bytes: Uint8Array) => readZip(bytes, portableInflate);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test.for([
  { name: 'deflated', names: ['a.txt', 'folder/é.txt'] },
  { name: 'stored', names: ['a.txt'] },
  { name: 'zip64 sizes', names: ['a.txt'] },
  { name: 'empty', names: [] },
])('$name', ({ name, names }) => {
  const archive = open(decode(file.zip[name]));
  expect(archive.names).toEqual(names);
  for (const entry of archive.names) expect(text(archive.read(entry))).toBe(entry.repeat(9));
});

test.for([
  'keras-digits-cnn/model.keras',
  'mlflow3-taxi-sklearn-skops/model/model.skops',
  'torch-digits-state-dict/checkpoint.pt',
  'torchscript-iris-mlp/model.pt',
])('every entry of %s', (path) => {
  const archive = open(new Uint8Array(readFileSync(new URL(`models/${path}`, fixtures))));
  expect(archive.names.length).toBeGreaterThan(2);
  for (const entry of archive.entries.values()) expect(entry.read().length).toBe(entry.size);
});

test.for([
  ['parent', 'UNSAFE_ARCHIVE', 'leaves the folder'],
  ['hidden parent', 'UNSAFE_ARCHIVE', 'leaves the folder'],
  ['absolute', 'UNSAFE_ARCHIVE', 'absolute'],
  ['drive', 'UNSAFE_ARCHIVE', 'absolute'],
  ['backslash', 'UNSAFE_ARCHIVE', 'backslash'],
  ['twice', 'UNSAFE_ARCHIVE', 'twice'],
  ['link', 'UNSAFE_ARCHIVE', 'link'],
  ['bzip2', 'UNSUPPORTED_FORMAT', 'method 12'],
  ['lzma', 'UNSUPPORTED_FORMAT', 'method 14'],
] as const)('%s is refused', ([name, code, message]) => {
  expect(file.zip_refused[name]).toBeDefined();
  expect(() => open(decode(file.zip_refused[name]))).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test('zip-slip of the hostile fixtures', () => {
  const bytes = new Uint8Array(readFileSync(new URL('hostile/zip-slip.keras', fixtures)));
  expect(() => open(bytes)).toThrow(expect.objectContaining({ code: 'UNSAFE_ARCHIVE' }));
});

/** Changes one 16- or 32-bit number at every place where it stands, in the local header and in the directory. */
function patch(
  name: string,
  change: (view: DataView, local: number, central: number, end: number) => void,
): Uint8Array {
  const bytes = decode(file.zip[name]);
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  change(view, 0, view.getUint32(end + 16, true), end);
  return bytes;
}

test.for<readonly [what: string, bytes: Uint8Array, code: string, message: string]>([
  [
    'encryption',
    patch('stored', (view, _, central) => view.setUint16(central + 8, 1, true)),
    'UNSUPPORTED_FORMAT',
    'password',
  ],
  [
    'a wrong checksum',
    patch('stored', (view, _, central) => view.setUint32(central + 16, 1, true)),
    'CORRUPT_FILE',
    'checksum',
  ],
  [
    'a wrong size',
    patch('deflated', (view, _, central) => view.setUint32(central + 24, 44, true)),
    'LIMIT_EXCEEDED',
    'limit',
  ],
  ['another name in the local header', patch('stored', (view) => view.setUint8(30, 98)), 'CORRUPT_FILE', 'differ'],
  [
    'a local header elsewhere',
    patch('stored', (view, _, central) => view.setUint32(central + 42, 7, true)),
    'CORRUPT_FILE',
    'does not lie',
  ],
  [
    'more than the file holds',
    patch('stored', (view, _, central) => [20, 24].forEach((at) => view.setUint32(central + at, 9999, true))),
    'CORRUPT_FILE',
    'larger than the file',
  ],
  [
    'a bomb',
    patch('deflated', (view, _, central) => view.setUint32(central + 24, 0x7fffffff, true)),
    'LIMIT_EXCEEDED',
    '64 MiB',
  ],
  [
    'a directory elsewhere',
    patch('stored', (view, _, __, end) => view.setUint32(end + 16, 3, true)),
    'CORRUPT_FILE',
    'does not lie',
  ],
  [
    'fewer entries than the directory has',
    patch('stored', (view, _, __, end) => view.setUint16(end + 10, 0, true)),
    'CORRUPT_FILE',
    'more than it says',
  ],
  ['no end', decode(file.zip['stored']).subarray(0, -1), 'CORRUPT_FILE', 'end of the archive is missing'],
])('%s is noticed', ([, bytes, code, message]) => {
  expect(() => {
    const archive = open(bytes);
    for (const entry of archive.entries.values()) entry.read();
  }).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});

test('the number of entries is limited', () => {
  expect(() => readZip(decode(file.zip['deflated']), portableInflate, { archiveEntries: 2 })).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
});

test('a file that is not there is an error', () => {
  expect(() => open(decode(file.zip['stored'])).read('b')).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
});
