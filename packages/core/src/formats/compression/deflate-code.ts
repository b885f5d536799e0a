import { damaged } from './output.ts';

/** Codes up to this length are read by one look-up. */
const FAST_BITS = 10;
const LONGEST_CODE = 15;

/** Reads bits, least significant first. */
export class BitReader {
  readonly #format: string;
  readonly #bytes: Uint8Array;
  #position: number;
  #buffer = 0;
  #count = 0;

  constructor(format: string, bytes: Uint8Array, start: number) {
    this.#format = format;
    this.#bytes = bytes;
    this.#position = start;
  }

  /** Up to 16 bits. */
  read(count: number): number {
    const value = this.peek() & ((1 << count) - 1);
    this.skip(count);
    return value;
  }

  /** At least 16 bits, if need be with zeros beyond the end. */
  peek(): number {
    while (this.#count <= 16) {
      if (this.#position < this.#bytes.length) this.#buffer |= (this.#bytes[this.#position] as number) << this.#count;
      this.#position++;
      this.#count += 8;
    }
    return this.#buffer;
  }

  skip(count: number): void {
    this.#buffer >>>= count;
    this.#count -= count;
    if (this.#position - (this.#count >> 3) > this.#bytes.length)
      throw damaged(this.#format, 'the compressed data ends too early');
  }

  alignToByte(): void {
    this.skip(this.#count & 7);
  }

  take(length: number): Uint8Array {
    const start = this.end();
    if (start + length > this.#bytes.length) throw damaged(this.#format, 'the compressed data ends too early');
    this.#position = start + length;
    this.#buffer = 0;
    this.#count = 0;
    return this.#bytes.subarray(start, start + length);
  }

  /** Where the next whole byte lies. */
  end(): number {
    return this.#position - (this.#count >> 3);
  }
}

/** A canonical Huffman code of up to 15 bits, read with the first bit lowest. */
export class HuffmanCode {
  readonly #format: string;
  /** By the next bits: symbol × 16 + length; 0 where the code is longer. */
  readonly #fast = new Uint16Array(1 << FAST_BITS);
  readonly #symbols: Uint16Array;
  /** How many codes each length has. */
  readonly #counts = new Uint16Array(LONGEST_CODE + 1);

  constructor(format: string, lengths: Uint8Array) {
    this.#format = format;
    const counts = this.#counts;
    for (const length of lengths) if (length > 0) counts[length] = (counts[length] as number) + 1;
    const starts = new Uint16Array(LONGEST_CODE + 2);
    const codes = new Uint16Array(LONGEST_CODE + 2);
    let left = 1;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      const count = counts[length] as number;
      left = left * 2 - count;
      if (left < 0) throw damaged(format, 'the compressed data is damaged');
      starts[length + 1] = (starts[length] as number) + count;
      codes[length + 1] = ((codes[length] as number) + count) << 1;
    }
    this.#symbols = new Uint16Array(lengths.length);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] as number;
      if (length === 0) continue;
      const at = starts[length] as number;
      starts[length] = at + 1;
      this.#symbols[at] = symbol;
      const code = codes[length] as number;
      codes[length] = code + 1;
      if (length > FAST_BITS) continue;
      let reversed = 0;
      for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
      for (let entry = reversed; entry < 1 << FAST_BITS; entry += 1 << length) this.#fast[entry] = symbol * 16 + length;
    }
  }

  read(reader: BitReader): number {
    const bits = reader.peek();
    const entry = this.#fast[bits & ((1 << FAST_BITS) - 1)] as number;
    if (entry !== 0) {
      reader.skip(entry & 15);
      return entry >>> 4;
    }
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      code |= (bits >>> (length - 1)) & 1;
      const count = this.#counts[length] as number;
      if (code - count < first) {
        reader.skip(length);
        return this.#symbols[index + (code - first)] as number;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw damaged(this.#format, 'the compressed data is damaged');
  }
}
