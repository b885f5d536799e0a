import { expect, test } from 'vitest';
import { SlipwayError } from '../../errors/index.ts';
import { defaultLimits, type Limits } from '../limits/index.ts';
import { repr } from '../python/index.ts';
import { latin1Bytes } from '../text.ts';
import { Op } from './opcodes.ts';
import { readPickle } from './read.ts';

/** Opcodes are written as characters, one a byte. */
const bytes = (text: string) => latin1Bytes(text) as Uint8Array;
const read = (text: string, limits: Partial<Limits> = {}) => readPickle(bytes(text), { ...defaultLimits, ...limits });

const accepted: readonly (readonly [op: keyof typeof Op, pickle: string, value: string])[] = [
  ['PROTO', '\x80\x05N.', 'None'],
  ['FRAME', '\x80\x04\x95\x02\0\0\0\0\0\0\0N.', 'None'],
  ['STOP', 'N.', 'None'],
  ['NONE', 'N.', 'None'],
  ['NEWTRUE', '\x88.', 'True'],
  ['NEWFALSE', '\x89.', 'False'],
  ['INT', 'I42\n.', '42'],
  ['INT', 'I-7\n.', '-7'],
  ['INT', 'I01\n.', 'True'],
  ['INT', 'I00\n.', 'False'],
  ['INT', 'I1\n.', '1'],
  ['INT', 'I123456789012345678\n.', '123456789012345678'],
  ['LONG', 'L-9007199254740993L\n.', '-9007199254740993'],
  ['LONG', 'L5\n.', '5'],
  ['LONG1', '\x8a\0.', '0'],
  ['LONG1', '\x8a\x01\xff.', '-1'],
  ['LONG1', '\x8a\x02\0\x80.', '-32768'],
  ['LONG1', '\x8a\x09\0\0\0\0\0\0\0\0\x01.', '18446744073709551616'],
  ['LONG4', '\x8b\x02\0\0\0\xe8\x03.', '1000'],
  ['BININT', 'J\xfe\xff\xff\xff.', '-2'],
  ['BININT1', 'K\xff.', '255'],
  ['BININT2', 'M\xff\xff.', '65535'],
  ['FLOAT', 'F-1.5e3\n.', '-1500.0'],
  ['FLOAT', 'Fnan\n.', 'nan'],
  ['FLOAT', 'F-inf\n.', '-inf'],
  ['BINFLOAT', 'G?\xf0\0\0\0\0\0\0.', '1.0'],
  ['BINFLOAT', 'G\x80\0\0\0\0\0\0\0.', '-0.0'],
  ['STRING', "S'a\\x41\\'\\n\\\\n\\101'\n.", "'aA\\'\\n\\\\nA'"],
  ['STRING', 'S"it\'s"\n.', "'it\\'s'"],
  ['BINSTRING', 'T\x02\0\0\0\xe9z.', "'éz'"],
  ['SHORT_BINSTRING', 'U\x01\x95.', "'\\x95'"],
  ['UNICODE', 'V\\u20ac\\U0001f600\xe9\\n\n.', "'€😀é\\\\n'"],
  ['BINUNICODE', 'X\x03\0\0\0\xe2\x82\xac.', "'€'"],
  ['SHORT_BINUNICODE', '\x8c\x04\xf0\x9f\x98\x80.', "'😀'"],
  ['SHORT_BINUNICODE', '\x8c\x03\xef\xbb\xbf.', "'\ufeff'"],
  ['BINUNICODE8', '\x8d\x01\0\0\0\0\0\0\0x.', "'x'"],
  ['BINBYTES', 'B\x02\0\0\0ab.', "b'ab'"],
  ['SHORT_BINBYTES', 'C\x01\0.', "b'\\x00'"],
  ['BINBYTES8', '\x8e\x01\0\0\0\0\0\0\0x.', "b'x'"],
  ['BYTEARRAY8', '\x96\x01\0\0\0\0\0\0\0x.', "b'x'"],
  ['READONLY_BUFFER', 'C\x01x\x98.', "b'x'"],
  ['EMPTY_LIST', '].', '[]'],
  ['APPEND', ']K\x01aK\x02a.', '[1, 2]'],
  ['APPENDS', '](K\x01K\x02e.', '[1, 2]'],
  ['LIST', '(K\x01K\x02l.', '[1, 2]'],
  ['EMPTY_TUPLE', ').', '()'],
  ['TUPLE', '(K\x01K\x02K\x03K\x04t.', '(1, 2, 3, 4)'],
  ['TUPLE1', 'K\x01\x85.', '(1,)'],
  ['TUPLE2', 'K\x01K\x02\x86.', '(1, 2)'],
  ['TUPLE3', 'K\x01K\x02K\x03\x87.', '(1, 2, 3)'],
  ['EMPTY_DICT', '}.', '{}'],
  ['DICT', '(K\x01K\x02d.', '{1: 2}'],
  ['SETITEM', '}K\x01K\x02s.', '{1: 2}'],
  ['SETITEMS', '}(K\x01K\x02K\x01K\x03u.', '{1: 3}'],
  ['EMPTY_SET', '\x8f.', 'set()'],
  ['ADDITEMS', '\x8f(K\x01\x90.', '{1}'],
  ['FROZENSET', '(K\x01\x91.', 'frozenset({1})'],
  ['MARK', '(K\x01((K\x02ltl.', '[1, ([2],)]'],
  ['POP', 'K\x01K\x020.', '1'],
  ['POP', 'K\x01(0.', '1'],
  ['POP_MARK', 'K\x01(K\x02K\x031.', '1'],
  ['DUP', 'K\x012\x86.', '(1, 1)'],
  ['PUT', ']p7\n0g7\n.', '[]'],
  ['GET', 'K\x05p0\n0g0\n.', '5'],
  ['BINPUT', ']q\xff0h\xff.', '[]'],
  ['BINGET', 'K\x05q\x000h\0.', '5'],
  ['LONG_BINPUT', 'K\x05r\xff\xff\xff\xff0j\xff\xff\xff\xff.', '5'],
  ['LONG_BINGET', 'K\x05q\x000j\0\0\0\0.', '5'],
  ['MEMOIZE', 'K\x05\x94K\x06\x94h\0h\x01\x87.', '(6, 5, 6)'],
  ['GLOBAL', 'ccollections\nOrderedDict\n.', '<collections.OrderedDict>'],
  ['GLOBAL', 'c__builtin__\nunicode\n.', '<builtins.str>'],
  ['STACK_GLOBAL', '\x8c\x01m\x8c\x03A.B\x93.', '<m.A.B>'],
  ['REDUCE', 'cm\nf\nK\x01\x85R.', 'm.f(1)'],
  ['INST', '(K\x01im\nC\n.', 'm.C(1)'],
  ['OBJ', '(cm\nC\nK\x01o.', 'm.C(1)'],
  ['NEWOBJ', 'cm\nC\n)\x81.', '<m.C>'],
  ['NEWOBJ_EX', 'cm\nC\n)}K\x01K\x02s\x92.', '<m.C kwargs={1: 2}>'],
  ['BUILD', 'cm\nC\n)\x81}\x8c\x01xK\x01sb.', "<m.C state={'x': 1}>"],
];

test.for(accepted)('%s: %j is %s', ([, pickle, value]) => {
  const content = read(pickle);
  expect(repr(content.value)).toBe(value);
  expect(content.trailing).toBe(false);
});

const refused: readonly (readonly [op: keyof typeof Op | '-', pickle: string, code: string, message: RegExp])[] = [
  ['EXT1', '\x82\x01.', 'UNSUPPORTED_FORMAT', /extension codes/],
  ['EXT2', '\x83\x01\0.', 'UNSUPPORTED_FORMAT', /extension codes/],
  ['EXT4', '\x84\x01\0\0\0.', 'UNSUPPORTED_FORMAT', /extension codes/],
  ['PERSID', 'Pid\n.', 'UNSUPPORTED_FORMAT', /persistent ids/],
  ['BINPERSID', 'K\x01Q.', 'UNSUPPORTED_FORMAT', /persistent ids/],
  ['NEXT_BUFFER', '\x97.', 'UNSUPPORTED_FORMAT', /out-of-band/],
  ['PROTO', '\x80\x06N.', 'UNSUPPORTED_FORMAT', /protocol 6/],
  ['FRAME', '\x95\xff\0\0\0\0\0\0\0N.', 'CORRUPT_FILE', /ends too early/],
  ['-', '\xff.', 'CORRUPT_FILE', /0xff is no pickle opcode/],
  ['-', '', 'CORRUPT_FILE', /ends too early/],
  ['-', 'K\x01', 'CORRUPT_FILE', /ends too early/],
  ['STOP', '.', 'CORRUPT_FILE', /stack is empty/],
  ['STOP', 'K\x01(.', 'CORRUPT_FILE', /stack is empty/],
  ['TUPLE', 'K\x01t.', 'CORRUPT_FILE', /mark/],
  ['TUPLE2', 'K\x01(K\x02\x86.', 'CORRUPT_FILE', /stack is empty/],
  ['DUP', '(2.', 'CORRUPT_FILE', /stack is empty/],
  ['GET', 'g1\n.', 'CORRUPT_FILE', /no entry 1/],
  ['GET', 'g-1\n.', 'CORRUPT_FILE', /out of range/],
  ['BINGET', 'h\x09.', 'CORRUPT_FILE', /no entry 9/],
  ['INT', 'I\n.', 'CORRUPT_FILE', /no digits/],
  ['INT', 'I12', 'CORRUPT_FILE', /ends too early/],
  ['LONG', `L${'9'.repeat(13_000)}\n.`, 'CORRUPT_FILE', /too long/],
  ['LONG4', `\x8b\x01\x10\0\0${'\x01'.repeat(4097)}.`, 'LIMIT_EXCEEDED', /4096 bytes/],
  ['LONG4', '\x8b\xff\xff\xff\xff.', 'CORRUPT_FILE', /negative length/],
  ['BINSTRING', 'T\xff\xff\xff\xff.', 'CORRUPT_FILE', /negative length/],
  ['FLOAT', 'F1,5\n.', 'CORRUPT_FILE', /not a number/],
  ['STRING', 'Sabc\n.', 'CORRUPT_FILE', /quoted/],
  ['BINUNICODE', 'X\x02\0\0\0\xff\xff.', 'CORRUPT_FILE', /UTF-8/],
  ['BINUNICODE8', '\x8d\0\0\0\0\0\0\0@.', 'CORRUPT_FILE', /ends too early/],
  ['SETITEMS', '}(K\x01u.', 'CORRUPT_FILE', /without a value/],
  ['SETITEM', ']K\x01K\x02s.', 'CORRUPT_FILE', /no dict/],
  ['APPEND', '}K\x01a.', 'CORRUPT_FILE', /no list/],
  ['APPEND', ')K\x01a.', 'CORRUPT_FILE', /no list/],
  ['STACK_GLOBAL', 'K\x01K\x02\x93.', 'CORRUPT_FILE', /not text/],
  ['REDUCE', 'cm\nf\nK\x01R.', 'CORRUPT_FILE', /not a tuple/],
  ['REDUCE', 'K\x01)R.', 'CORRUPT_FILE', /no function/],
  ['NEWOBJ', '\x8c\x01x)\x81.', 'CORRUPT_FILE', /no class/],
  ['OBJ', '(o.', 'CORRUPT_FILE', /no class/],
  ['BUILD', 'cm\nC\n}b.', 'CORRUPT_FILE', /no state/],
  ['BUILD', ']}b.', 'CORRUPT_FILE', /no state/],
  ['BUILD', ')}b.', 'CORRUPT_FILE', /no state/],
  ['BUILD', 'cm\nC\n)\x81}b}b.', 'CORRUPT_FILE', /twice/],
];

test.for(refused)('%s: %j is refused with %s', ([, pickle, code, message]) => {
  const error = errorOf(() => read(pickle));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

test('every opcode is in one of the tables', () => {
  const tested = new Set([...accepted, ...refused].map(([op]) => op));
  expect(Object.keys(Op).filter((op) => !tested.has(op as keyof typeof Op))).toEqual([]);
});

test.for<readonly [name: string, limits: Partial<Limits>, pickle: string]>([
  ['opcodes', { opcodes: 10 }, 'N0'.repeat(6) + 'N.'],
  ['stack', { stack: 10 }, 'N'.repeat(11) + '.'],
  ['marks', { stack: 10 }, '('.repeat(11) + 'N.'],
  ['memo', { memo: 3 }, 'N\x94\x94\x94\x94.'],
  ['far memo', { memo: 3 }, 'Nq\x10q\x20q\x30q\x40.'],
  ['objects', { objects: 3 }, ']]]].'],
  ['string length', { stringBytes: 3 }, '\x8c\x04abcd.'],
])('the limit of %s holds', ([, limits, pickle]) => {
  expect(errorOf(() => read(pickle, limits)).code).toBe('LIMIT_EXCEEDED');
  expect(() => read('N.', limits)).not.toThrow();
});

test('one string in the memo cannot be copied without end', () => {
  const long = 'x'.repeat(200_000);
  const encode = 'h\x00(h\x01\x8c\x06latin1tR0';
  const head = `c_codecs\nencode\nq\x00X\x40\x0d\x03\0${long}q\x01`;
  expect(() => read(`${head}${encode}.`)).not.toThrow();
  expect(errorOf(() => read(`${head}${encode.repeat(20)}.`)).message).toMatch(/copied data/);
});

test('protocol and trailing bytes are reported, and nothing behind STOP is read', () => {
  expect(read('\x80\x03N.').protocol).toBe(3);
  expect(read('N.').protocol).toBe(0);
  const content = read('\x80\x04N.cos\nsystem\n.');
  expect(content.trailing).toBe(true);
  expect([...content.globals.keys()]).toEqual([]);
});

test('arrays and bytes are views on the input, also on a part of a larger buffer', () => {
  const whole = Uint8Array.from([9, 9, 9, ...bytes('C\x03abc.')]);
  const { value } = readPickle(whole.subarray(3));
  const view = (value as { bytes: Uint8Array }).bytes;
  expect(view.buffer).toBe(whole.buffer);
  expect([...view]).toEqual([97, 98, 99]);
});

test('nesting is no recursion: a million tuples inside each other', () => {
  const deep = new Uint8Array(1_000_002).fill(0x85);
  deep[0] = 0x4e;
  deep[deep.length - 1] = 0x2e;
  expect(repr(readPickle(deep).value, { depth: 3, values: 10 })).toBe('(((…,),),)');
});

function errorOf(run: () => unknown): SlipwayError {
  try {
    run();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
