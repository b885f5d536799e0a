import { damaged } from './output.ts';

const LONGEST_CODE = 20;
/** Codes up to this length are read by one look-up. */
const FAST_BITS = 10;

/** Reads bits, most significant first. Beyond the end are zeros; whoever reads too many of them gets an error. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;
  #buffer = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Up to 24 bits. */
  read(count: number): number {
    this.#fill();
    this.#count -= count;
    return (this.#buffer >>> this.#count) & ((1 << count) - 1);
  }

  read32(): number {
    return this.read(16) * 0x10000 + this.read(16);
  }

  /** The next bits without taking them. */
  peek(count: number): number {
    this.#fill();
    return (this.#buffer >>> (this.#count - count)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#count -= count;
  }

  /** Goes to the next whole byte at the end of a stream, which must lie inside the file. */
  alignToByte(): void {
    this.#count -= this.#count % 8;
    if (this.#position - this.#count / 8 > this.#bytes.length) throw damaged('bz2', 'the file ends too early');
  }

  /** Whether the following whole bytes are these. */
  startsWith(text: string): boolean {
    const start = this.#position - this.#count / 8;
    for (let i = 0; i < text.length; i++) if (this.#bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  #fill(): void {
    while (this.#count <= 24) {
      if (this.#position < this.#bytes.length)
        this.#buffer = (this.#buffer << 8) | (this.#bytes[this.#position] as number);
      else if (this.#position - this.#bytes.length > 8) throw damaged('bz2', 'the file ends too early');
      else this.#buffer <<= 8;
      this.#position++;
      this.#count += 8;
    }
  }
}

/** A canonical Huffman code of up to 20 bits. */
export class HuffmanCode {
  /** By the next bits: symbol × 32 + length; 0 where the code is longer. */
  readonly #fast = new Uint16Array(1 << FAST_BITS);
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array;
  /** By length: first code, and where its symbols begin. */
  readonly #first = new Int32Array(LONGEST_CODE + 2);
  readonly #start = new Int32Array(LONGEST_CODE + 2);

  constructor(reader: BitReader, size: number) {
    const lengths = new Uint8Array(size);
    let length = reader.read(5);
    for (let symbol = 0; symbol < size; symbol++) {
      for (;;) {
        if (length < 1 || length > LONGEST_CODE) throw damaged('bz2', 'the tables of a block are damaged');
        if (reader.read(1) === 0) break;
        length += reader.read(1) === 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    this.#symbols = new Uint16Array(size);
    let code = 0;
    let at = 0;
    for (let bits = 1; bits <= LONGEST_CODE; bits++) {
      this.#first[bits] = code;
      this.#start[bits] = at;
      for (let symbol = 0; symbol < size; symbol++) {
        if (lengths[symbol] !== bits) continue;
        this.#symbols[at++] = symbol;
        if (bits <= FAST_BITS && code < 1 << bits) {
          const shift = FAST_BITS - bits;
          this.#fast.fill(symbol * 32 + bits, code << shift, (code + 1) << shift);
        }
        code++;
      }
      code <<= 1;
    }
    this.#start[LONGEST_CODE + 1] = at;
  }

  read(reader: BitReader): number {
    const entry = this.#fast[reader.peek(FAST_BITS)] as number;
    if (entry !== 0) {
      reader.skip(entry & 31);
      return entry >>> 5;
    }
    const bits = reader.peek(LONGEST_CODE);
    for (let length = FAST_BITS + 1; length <= LONGEST_CODE; length++) {
      const start = this.#start[length] as number;
      const offset = (bits >>> (LONGEST_CODE - length)) - (this.#first[length] as number);
      if (offset >= 0 && offset < (this.#start[length + 1] as number) - start) {
        reader.skip(length);
        return this.#symbols[start + offset] as number;
      }
    }
    throw damaged('bz2', 'a block has a code that its tables lack');
  }
}
