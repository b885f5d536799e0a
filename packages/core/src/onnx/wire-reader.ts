import { fail } from '../errors/index.ts';
import type { IntList } from './int-list.ts';

const utf8 = new TextDecoder();

/** Messages inside messages; deeper files are hostile. Subgraphs of real models stay below 10. */
const maxDepth = 64;

/** Words of up to so many bytes are remembered, and so many of them for each message. */
const maxWord = 16;
const maxWords = 4;

/**
 * Reads protobuf fields from a slice of a file, never past its end.
 *
 * `next()` moves to a field; exactly one of the reading methods (or `skip`) must follow.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #depth: number;
  #at: number;
  readonly #words: { bytes: Uint8Array; text: string }[] = [];
  #wireType = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, depth = 0) {
    if (depth > maxDepth) throw fail('LIMIT_EXCEEDED', { format: 'ONNX', what: 'nesting', limit: maxDepth });
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
    this.#depth = depth;
  }

  /** The number of the next field, or 0 at the end. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    const tag = this.#varint();
    if (typeof tag !== 'number' || tag < 8) throw this.#corrupt('a field has no valid number');
    this.#wireType = tag % 8;
    return Math.floor(tag / 8);
  }

  /** A varint as int64: a number while it is a safe integer, else a bigint. */
  int(): number | bigint {
    this.#expect(0);
    return this.#varint();
  }

  /** A varint that must be a safe integer (lengths, enums, versions). */
  small(): number {
    const value = this.int();
    if (typeof value === 'number') return value;
    throw this.#corrupt('an integer is out of range');
  }

  float(): number {
    this.#expect(5);
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** Bytes of a length-delimited field, as a view. */
  bytes(): Uint8Array {
    this.#expect(2);
    const length = this.#length();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Words that are repeated, as the modes of trees are, are decoded once. */
  string(): string {
    const bytes = this.bytes();
    if (bytes.length > maxWord) return utf8.decode(bytes);
    const known = this.#words.find((word) => isEqual(word.bytes, bytes));
    if (known) return known.text;
    const text = utf8.decode(bytes);
    if (this.#words.length < maxWords) this.#words.push({ bytes, text });
    return text;
  }

  /** A reader of the nested message. */
  message(): WireReader {
    this.#expect(2);
    const length = this.#length();
    const start = this.#take(length);
    return new WireReader(this.#bytes, start, start + length, this.#depth + 1);
  }

  /** Appends integers to `into`, packed or not. */
  ints(into: IntList): void {
    if (this.#wireType !== 2) {
      into.push(this.int());
      return;
    }
    const end = this.#packedEnd();
    const bytes = this.#bytes;
    let count = 0;
    for (let at = this.#at; at < end; at++) if ((bytes[at] as number) < 128) count++;
    into.reserve(count);
    while (this.#at < end) {
      this.#at = into.appendShort(bytes, this.#at, end);
      if (this.#at < end) into.push(this.#varint());
    }
    if (this.#at !== end) throw this.#corrupt('a list of integers is cut');
  }

  /** Appends float32 values to `into`, packed or not. */
  floats(into: number[]): void {
    if (this.#wireType !== 2) {
      into.push(this.float());
      return;
    }
    const end = this.#packedEnd();
    while (this.#at + 4 <= end) into.push(this.#view.getFloat32(this.#take(4), true));
    if (this.#at !== end) throw this.#corrupt('a list of floats is cut');
  }

  /** Appends float64 values to `into`, packed or not. */
  doubles(into: number[]): void {
    if (this.#wireType !== 2) {
      this.#expect(1);
      into.push(this.#view.getFloat64(this.#take(8), true));
      return;
    }
    const end = this.#packedEnd();
    while (this.#at + 8 <= end) into.push(this.#view.getFloat64(this.#take(8), true));
    if (this.#at !== end) throw this.#corrupt('a list of doubles is cut');
  }

  /** Passes by a field that is not needed. */
  skip(): void {
    if (this.#wireType === 0) this.#varint();
    else if (this.#wireType === 1) this.#take(8);
    else if (this.#wireType === 2) this.#take(this.#length());
    else if (this.#wireType === 5) this.#take(4);
    else throw this.#corrupt(`wire type ${this.#wireType}`);
  }

  #packedEnd(): number {
    const length = this.#length();
    if (length > this.#end - this.#at) throw this.#corrupt('a length points past the end');
    return this.#at + length;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw this.#corrupt(`wire type ${this.#wireType} where ${wireType} belongs`);
  }

  #take(count: number): number {
    if (count > this.#end - this.#at) throw this.#corrupt('a length points past the end');
    const start = this.#at;
    this.#at += count;
    return start;
  }

  #length(): number {
    const length = this.#varint();
    if (typeof length === 'number' && length >= 0) return length;
    throw this.#corrupt('a length is out of range');
  }

  #varint(): number | bigint {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) throw this.#corrupt('it ends inside a number');
      const byte = bytes[this.#at++] as number;
      if (shift < 28) low += (byte & 127) * 2 ** shift;
      else high += (byte & 127) * 2 ** (shift - 28);
      if (byte < 128) return high === 0 ? low : join(low, high);
    }
    throw this.#corrupt('a number is longer than 10 bytes');
  }

  #corrupt(problem: string) {
    return fail('CORRUPT_FILE', { format: 'ONNX', problem: `${problem} (at byte ${this.#at}).` });
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** 28 low bits and up to 42 more as a two's complement of 64 bits. */
function join(low: number, high: number): number | bigint {
  if (high < 2 ** 25) return high * 2 ** 28 + low;
  const value = BigInt.asIntN(64, (BigInt(high) << 28n) | BigInt(low));
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
