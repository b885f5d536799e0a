import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { portableInflate } from '../compression/index.ts';
import { repr, type NdArray, type Plain, type PyDict } from '../python/index.ts';
import { readPython } from '../python-file.ts';
import { latin1Bytes } from '../text.ts';

const file = JSON.parse(
  readFileSync(new URL('../../../../../fixtures/formats/pickles.json', import.meta.url), 'utf8'),
) as {
  joblib: Record<string, string>;
};
const read = (bytes: Uint8Array) => readPython(bytes, { inflate: portableInflate });
const fixture = (name: string) => read(new Uint8Array(Buffer.from(file.joblib[name] ?? '', 'base64')));
const items = (value: Plain | undefined) => repr((value as NdArray).toList());

test('several arrays in a row', () => {
  const { value, container } = fixture('arrays in a row');
  expect((value as Plain[]).map(items)).toEqual(['[0.0, 1.0, 2.0]', '[0, 1]', '[True]']);
  expect(container).toBe('joblib');
});

test('Fortran order, strings, protocol 2, compression', () => {
  expect(items(fixture('Fortran').value)).toBe('[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]');
  expect((fixture('Fortran').value as NdArray).fortran).toBe(true);
  expect(items(fixture('strings').value)).toBe("['a', 'bé']");
  expect(items(fixture('protocol 2').value)).toBe('[0.0, 1.0, 2.0]');
  expect(items(fixture('lzma').value)).toBe('[0.0, 1.0, 2.0]');
  expect(fixture('lzma').container).toBe('joblib, lzma');
});

test('an array of objects is a pickle inside the pickle, and reading goes on after it', () => {
  const { value, globals } = fixture('objects');
  expect(items((value as PyDict).get('labels'))).toBe("['a', None]");
  expect(items((value as PyDict).get('after'))).toBe('[0.0, 1.0]');
  expect(globals.has('numpy._core.multiarray._reconstruct')).toBe(true);
});

/** A pickle of a wrapper around `array`, as joblib writes it; `extra` are further entries of its state. */
function wrapper(array: string, { shape = '(K\x02t', dtype = 'f8', extra = '', order = 'C' } = {}): string {
  return (
    'cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(' +
    `\x8c\x05shape${shape}\x8c\x05order\x8c\x01${order}` +
    `\x8c\x05dtypecnumpy\ndtype\n\x8c${String.fromCharCode(dtype.length)}${dtype}\x85R${extra}ub${array}`
  );
}
const bytes = (text: string) => latin1Bytes(text) as Uint8Array;
const aligned = '\x8c\x1bnumpy_array_alignment_bytesK\x10';

test('joblib before 1.2 has no padding, later ones say how much', () => {
  const two = '\0'.repeat(6) + '\xf0?' + '\0'.repeat(7) + '@';
  expect(items(read(bytes(`\x80\x04${wrapper(two)}.`)).value)).toBe('[1.0, 2.0]');
  expect(items(read(bytes(`\x80\x04${wrapper(`\x03\xff\xff\xff${two}`, { extra: aligned })}.`)).value)).toBe(
    '[1.0, 2.0]',
  );
});

test.for<readonly [what: string, text: string, message: RegExp]>([
  ['fewer bytes than the shape says', wrapper('\0'.repeat(15)), /ends too early/],
  ['a shape without end', wrapper('', { shape: '(M\xff\xffM\xff\xffM\xff\xffM\xff\xfft' }), /ends too early/],
  [
    'a shape that is infinite and zero',
    wrapper('', { shape: `(${'J\xff\xff\xff\x7f'.repeat(40)}K\0t` }),
    /ends too early|shape/,
  ],
  ['a negative shape', wrapper('', { shape: '(J\xff\xff\xff\xfft' }), /shape/],
  ['no shape', wrapper('', { shape: 'N' }), /shape/],
  ['padding beyond the end', wrapper('\xff\0', { extra: aligned }), /ends too early/],
  ['no object array where one should be', wrapper('N.', { dtype: 'O' }), /something else/],
  ['state that is set twice', `${wrapper('\0'.repeat(16))}0h\0}b`, /memo/],
])('%s is refused', ([, text, message]) => {
  expect(() => read(bytes(`\x80\x04${text}.`))).toThrow(message);
});

test('pickles nest four deep, not further', () => {
  const nested = (depth: number): string => (depth === 0 ? 'N.' : `${wrapper(nested(depth - 1), { dtype: 'O' })}.`);
  // The innermost is no array, so every depth fails; what matters is for which reason.
  expect(() => read(bytes(`\x80\x04${nested(4)}`))).toThrow(/something else/);
  expect(() => read(bytes(`\x80\x04${nested(5)}`))).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
});

test('arrays in files beside the pickle: the error names them and says what to do', () => {
  const old = '\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}X\x08\0\0\0filenameX\x10\0\0\0model.pkl_01.npysb.';
  expect(() => read(bytes(old))).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_FORMAT',
      message: expect.stringContaining('model.pkl_01.npy'),
      hint: expect.stringContaining('joblib.dump'),
    }),
  );
});

test.for(['', ' '])('the container of joblib before 0.10 (%j after the length)', (space) => {
  const pickle = bytes('\x80\x02]K\x05a.');
  const packed = (length: number) =>
    new Uint8Array(Buffer.concat([Buffer.from(`ZF0x${length.toString(16)}`.padEnd(21) + space), deflateSync(pickle)]));
  const { value, container } = read(packed(pickle.length));
  expect(value).toEqual([5]);
  expect(container).toBe('pickle, zlib');
  expect(() => read(packed(pickle.length + 1))).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
});
