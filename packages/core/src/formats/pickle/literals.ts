import { narrow } from '../python/elements.ts';
import { utf16 } from '../text.ts';
import type { Cursor } from './cursor.ts';

/** Digits per byte of an integer, rounded up. */
const DIGITS_PER_BYTE = 3;
const LONGEST_FLOAT = 1000;

/** The decimal integer of the opcodes INT and LONG; Python 2 ends long ones with `L`. */
export function readDecimal(cursor: Cursor): number | bigint {
  const text = shortLine(cursor, cursor.limits.integerBytes * DIGITS_PER_BYTE, 'an integer').replace(/L$/, '');
  if (!/^[-+]?\d+$/.test(text)) throw cursor.corrupt('an integer has no digits');
  return text.length < 16 ? Number(text) : narrow(BigInt(text.replace(/^\+/, '')));
}

/** Length first: a pattern tried on megabytes of digits could take for ever. */
function shortLine(cursor: Cursor, most: number, what: string): string {
  const text = cursor.line();
  if (text.length > most) throw cursor.corrupt(`${what} is too long`);
  return text.trim();
}

/** The memo index of the opcodes GET and PUT. */
export function readIndex(cursor: Cursor): number {
  const index = readDecimal(cursor);
  if (typeof index === 'bigint' || index < 0) throw cursor.corrupt('a memo index is out of range');
  return index;
}

/** The decimal float of the opcode FLOAT. */
export function readDecimalFloat(cursor: Cursor): number {
  const text = shortLine(cursor, LONGEST_FLOAT, 'a float').toLowerCase();
  const special = /^([-+]?)(inf(?:inity)?|nan)$/.exec(text);
  if (special) return special[2] === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(text)) throw cursor.corrupt('a float is not a number');
  return Number(text);
}

/** Two's complement, little-endian: the opcodes LONG1 and LONG4. */
export function integerFromBytes(bytes: Uint8Array): number | bigint {
  const { length } = bytes;
  if (length === 0) return 0;
  const negative = (bytes[length - 1] as number) >= 0x80;
  let digits = '0x';
  for (let i = length - 1; i >= 0; i--) digits += (bytes[i] as number).toString(16).padStart(2, '0');
  const value = BigInt(digits);
  return narrow(negative ? value - (1n << BigInt(8 * length)) : value);
}

const BACKSLASH = 0x5c;

/** Characters after a backslash in a Python 2 `repr` that stand for another one; `\x` and octal digits are read apart. */
const escapes = new Map(
  Object.entries({
    '\\': '\\',
    "'": "'",
    '"': '"',
    n: '\n',
    r: '\r',
    t: '\t',
    b: '\b',
    f: '\f',
    v: '\v',
    a: '\x07',
  }).map(([from, to]) => [from.charCodeAt(0), to.charCodeAt(0)]),
);

/** The quoted string of the opcode STRING, with the escapes of a Python 2 `repr`. */
export function readQuoted(cursor: Cursor): string {
  const text = cursor.line().trimEnd();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) {
    throw cursor.corrupt('a string is not quoted');
  }
  return unescape(text.slice(1, -1), (inner, at) => {
    const code = inner.charCodeAt(at);
    const known = escapes.get(code);
    if (known !== undefined) return { point: known, length: 1 };
    const octal = /^[0-7]{1,3}/.exec(inner.slice(at, at + 3))?.[0];
    if (octal) return { point: Number.parseInt(octal, 8) & 255, length: octal.length };
    const hex = /^x[0-9a-fA-F]{2}/.exec(inner.slice(at, at + 3))?.[0];
    return hex ? { point: Number.parseInt(hex.slice(1), 16), length: 3 } : undefined;
  });
}

/** The string of the opcode UNICODE: Latin-1 with `\uXXXX` and `\UXXXXXXXX` (Python's raw-unicode-escape). */
export function readRawUnicode(cursor: Cursor): string {
  return unescape(cursor.line(), (text, at) => {
    const code = /^(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/.exec(text.slice(at, at + 9))?.[0];
    if (!code) return undefined;
    const point = Number.parseInt(code.slice(1), 16);
    if (point > 0x10ffff) throw cursor.corrupt('a string holds no valid character');
    return { point, length: code.length };
  });
}

/** What an escape means, and how long it is after its backslash; undefined keeps the backslash as it is. */
type ReadEscape = (text: string, at: number) => { readonly point: number; readonly length: number } | undefined;

/** Replaces escapes in one pass and in the memory of one copy. */
function unescape(text: string, readEscape: ReadEscape): string {
  if (!text.includes('\\')) return text;
  const units = new Uint16Array(text.length);
  let used = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const escape = unit === BACKSLASH ? readEscape(text, i + 1) : undefined;
    if (!escape) {
      units[used++] = unit;
      continue;
    }
    const { point, length } = escape;
    if (point > 0xffff) {
      units[used++] = 0xd800 + ((point - 0x10000) >> 10);
      units[used++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    } else units[used++] = point;
    i += length;
  }
  return utf16(units.subarray(0, used));
}
