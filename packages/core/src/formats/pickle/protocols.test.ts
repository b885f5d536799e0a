import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NdArray, readSparse, repr, toDense, type Plain } from '../python/index.ts';
import { readPickle } from './read.ts';

const file = JSON.parse(
  readFileSync(new URL('../../../../../fixtures/formats/pickles.json', import.meta.url), 'utf8'),
) as {
  protocols: Record<string, string[]>;
};

/** What each value of fixtures/formats/make.py is, whatever protocol wrote it. */
const expected: Readonly<Record<string, string>> = {
  None: 'None',
  True: 'True',
  False: 'False',
  '0': '0',
  '300': '300',
  '-70000': '-70000',
  '2**53 + 1': '9007199254740993',
  '-2**70': '-1180591620717411303424',
  '0.1': '0.1',
  '-inf': '-inf',
  text: "'é\\n\\'€😀\\\\u0041'",
  surrogate: "'\\ud800'",
  'empty text': "''",
  bytes: "b'\\x00ÿ'",
  bytearray: "b'ab'",
  list: '[1, [2]]',
  tuples: '((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4))',
  dict: "{'a': 1, 2: None}",
  'proto key': "{'__proto__': 1, 'constructor': 2}",
  set: '{1}',
  frozenset: 'frozenset({1})',
  shared: "[['same'], ['same']]",
  object: "<m.Plain state={'x': 1}>",
  slots: "<m.Slots state=(None, {'y': 2})>",
  keywords: "<m.WithKeywords kwargs={'size': 3}>",
  'dict subclass': "<m.DictLike {'k': 1} state={'note': 'n'}>",
  'list subclass': '<m.ListLike [2]>',
  class: '<collections.OrderedDict>',
  OrderedDict: "{'a': 1}",
  defaultdict: "{'a': [1]}",
  partial: "functools.partial(<builtins.int>) state=(<builtins.int>, (), {'base': 2}, None)",
  Decimal: "decimal.Decimal('1.5')",
  complex: 'builtins.complex(1.0, 2.0)',
  slice: 'builtins.slice(1, 2, None)',
  method: '<builtins.str.split>',
  float64: 'array(<f8, (2)) [0.5, -1.0]',
  float16: 'array(<f2, (4)) [0.5, -1.0, inf, 5.960464477539063e-8]',
  'int32 Fortran': 'array(<i4, (2, 3), F) [0, 1, 2, 3, 4, 5]',
  'int16 big-endian': 'array(>i2, (2)) [1, -2]',
  int64: 'array(<i8, (2)) [1152921504606846976, -1]',
  uint64: 'array(<u8, (1)) [18446744073709551615]',
  bool: 'array(|b1, (2)) [True, False]',
  strings: "array(<U3, (3)) ['a', 'bé😀', '']",
  'bytes array': "array(|S2, (2)) ['ab', 'c']",
  objects: "array(|O, (3)) ['a', None, 1.5]",
  'objects Fortran': "array(|O, (2, 2)) ['a', 1, None, 2.5]",
  dates: 'array(<M8[D], (1)) [18262]',
  steps: 'array(<m8[25s], (1)) [3]',
  records: 'array({a: |u1, b: <f8, c: (<u4, (2))}, (1))',
  'any order':
    'array(|i1, (3, 2, 4)) [0, 1, 2, 3, 12, 13, 14, 15, 4, 5, 6, 7, 16, 17, 18, 19, 8, 9, 10, 11, 20, 21, 22, 23]',
  'empty array': 'array(<f8, (0, 3)) []',
  'no dimensions': 'array(<f8, ()) [4.5]',
  'np.float32': '<f4(0.5)',
  'np.int64': '<i8(1152921504606846976)',
  'np.str_': "<U2('xy')",
  'np.bool': '|b1(True)',
  'np.datetime64': '<M8[D](18262)',
  'np.complex128': "<c16(b'\\x00\\x00\\x00\\x00\\x00\\x00ð?\\x00\\x00\\x00\\x00\\x00\\x00\\x00@')",
  dtype: "dtype('<i8')",
  ufunc: '<numpy.log1p>',
  csr: 'sparse [1,0,2,0,0,3]',
  csc: 'sparse [1,0,2,0,0,3]',
  coo: 'sparse [4,0,1,5,0,0]',
  dia: 'sparse [1,0,2,0,0,3]',
  cycle: '[[[[[[…]]]]]]',
};

test('every value of the file has its line here', () => {
  expect(Object.keys(file.protocols).sort()).toEqual(Object.keys(expected).sort());
});

test.for(Object.entries(expected))('%s', ([name, text]) => {
  const pickles = file.protocols[name] ?? [];
  expect(pickles.length).toBeGreaterThanOrEqual(2);
  for (const [i, pickle] of pickles.entries()) {
    const protocol = 6 - pickles.length + i;
    const content = readPickle(Buffer.from(pickle, 'base64'));
    expect(show(content.value), `protocol ${protocol}`).toBe(text);
    expect(content.trailing).toBe(false);
    // Protocols 0 and 1 do not say which they are.
    expect(content.protocol).toBe(protocol < 2 ? 0 : protocol);
  }
});

test('the fields of a record array', () => {
  for (const pickle of file.protocols['records'] as string[]) {
    const array = readPickle(Buffer.from(pickle, 'base64')).value as NdArray;
    expect(array.dtype.itemSize).toBe(24);
    expect([...(array.fieldUint8('a') ?? [])]).toEqual([1]);
    expect([...(array.fieldInt32('a') ?? [])]).toEqual([1]);
    expect([...(array.fieldFloat64('b') ?? [])]).toEqual([2.5]);
    expect(array.field('c')?.shape).toEqual([1, 2]);
    expect([...(array.field('c')?.toFloat64() ?? [])]).toEqual([7, 8]);
    expect(array.fieldFloat64('none')).toBeUndefined();
  }
});

test('shared objects stay shared', () => {
  for (const pickle of file.protocols['shared'] as string[]) {
    const [first, second] = readPickle(Buffer.from(pickle, 'base64')).value as Plain[];
    expect(first).toBe(second);
  }
});

test('keys never become properties', () => {
  for (const pickle of file.protocols['proto key'] as string[]) readPickle(Buffer.from(pickle, 'base64'));
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.prototype.constructor).toBe(Object);
});

function show(value: Plain): string {
  const sparse = readSparse(value);
  if (sparse) return `sparse ${JSON.stringify([...toDense(sparse)])}`;
  if (value instanceof NdArray && value.dtype.kind !== 'V') return `${repr(value)} ${repr(value.toList())}`;
  return repr(value);
}
