import { fail } from '../errors/index.ts';

/** Code units per `String.fromCharCode` call; larger argument lists overflow the stack of some engines. */
const CHUNK = 4096;
/** From this length on the platform's decoder is faster than a loop. */
const LONG = 256;
/** Below this length joining single characters is faster than a typed-array view. */
const SHORT = 24;

/** Reads bytes start..end as Latin-1: every byte is one character. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  if (end - start < SHORT) {
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
    return text;
  }
  for (let i = start; i < end; i += CHUNK) text += unitsToString(bytes.subarray(i, Math.min(end, i + CHUNK)));
  return text;
}

/** Makes a string of UTF-16 code units. */
export function utf16(units: Uint16Array): string {
  let text = '';
  for (let i = 0; i < units.length; i += CHUNK) text += unitsToString(units.subarray(i, i + CHUNK));
  return text;
}

/** Writes a string of characters up to U+00FF as bytes; undefined when it holds others. */
export function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 255) return undefined;
    bytes[i] = unit;
  }
  return bytes;
}

/**
 * Reads bytes start..end as UTF-8. Lone surrogates pass, because Python writes strings with `surrogatepass`;
 * any other invalid byte is an error.
 */
export function utf8(bytes: Uint8Array, start = 0, end = bytes.length, format = 'text'): string {
  let i = start;
  while (i < end && (bytes[i] as number) < 128) i++;
  if (i === end) return latin1(bytes, start, end);
  if (end - i >= LONG) {
    try {
      return strictUtf8.decode(bytes.subarray(start, end));
    } catch {
      // Surrogates, or really invalid: the loop below tells.
    }
  }
  return latin1(bytes, start, i) + multibyte(bytes, i, end, format);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function multibyte(bytes: Uint8Array, start: number, end: number, format: string): string {
  const units = new Uint16Array(CHUNK);
  let text = '';
  let used = 0;
  for (let i = start; i < end;) {
    const first = bytes[i] as number;
    let point = first;
    let length = 1;
    if (first >= 0x80) {
      length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
      if (first < 0xc2 || first > 0xf4 || i + length > end) throw invalid(format);
      point = first & (0xff >> (length + 1));
      for (let k = 1; k < length; k++) {
        const next = bytes[i + k] as number;
        if ((next & 0xc0) !== 0x80) throw invalid(format);
        point = (point << 6) | (next & 0x3f);
      }
      const least = length === 4 ? 0x10000 : length === 3 ? 0x800 : 0x80;
      if (point < least || point > 0x10ffff) throw invalid(format);
    }
    i += length;
    if (used > CHUNK - 2) {
      text += unitsToString(units.subarray(0, used));
      used = 0;
    }
    if (point > 0xffff) {
      units[used++] = 0xd800 + ((point - 0x10000) >> 10);
      units[used++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    } else units[used++] = point;
  }
  return text + unitsToString(units.subarray(0, used));
}

function unitsToString(units: Uint8Array | Uint16Array): string {
  return String.fromCharCode.apply(null, units as unknown as number[]);
}

function invalid(format: string) {
  return fail('CORRUPT_FILE', { format, problem: 'a string is not valid UTF-8' });
}
