import { damaged } from '../picture.ts';

/** A Huffman table of a JPEG (ITU T.81, Annex C and F.2.2.3): symbols by length and code. */
export interface HuffmanTable {
  /** Length and symbol of every 8-bit beginning that holds a whole code: `length << 8 | symbol`; 0 where it is longer. */
  readonly quick: Uint16Array;
  /** By length: the largest code, -1 where there is none. */
  readonly most: Int32Array;
  /** By length: what to add to a code to find its symbol. */
  readonly offset: Int32Array;
  readonly symbols: Uint8Array;
}

export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const quick = new Uint16Array(256);
  const most = new Int32Array(17).fill(-1);
  const offset = new Int32Array(17);
  let code = 0;
  let at = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] as number;
    offset[length] = at - code;
    if (code + count > 1 << length) throw damaged('JPEG', 'a Huffman table is damaged');
    for (let i = 0; i < count; i++, code++, at++) {
      if (length > 8) continue;
      const start = code << (8 - length);
      quick.fill((length << 8) | (symbols[at] as number), start, start + (1 << (8 - length)));
    }
    if (count > 0) most[length] = code - 1;
    code <<= 1;
  }
  return { quick, most, offset, symbols };
}

/** Reads bits of entropy-coded data: stuffed zeros are skipped, and a marker ends it. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** Where the next byte is. */
  position: number;
  #bits = 0;
  #count = 0;
  #isOver = false;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  #fill(): void {
    while (this.#count <= 16) {
      let byte = this.#isOver ? 0 : this.#bytes[this.position];
      if (byte === undefined) throw damaged('JPEG', 'it ends too early');
      if (!this.#isOver) {
        if (byte === 0xff) {
          const next = this.#bytes[this.position + 1];
          if (next === undefined) throw damaged('JPEG', 'it ends too early');
          if (next === 0) this.position += 2;
          else {
            // A marker: what is missing is read as zeros for a moment, and counted against the picture below.
            this.#isOver = true;
            byte = 0;
          }
        } else this.position++;
      }
      if (this.#isOver && ++this.#borrowed > 4096) throw damaged('JPEG', 'it ends too early');
      this.#bits = (this.#bits << 8) | byte;
      this.#count += 8;
    }
  }

  #borrowed = 0;

  bits(count: number): number {
    if (count === 0) return 0;
    if (this.#count < count) this.#fill();
    this.#count -= count;
    return (this.#bits >>> this.#count) & ((1 << count) - 1);
  }

  /** A value of `size` bits with its sign (T.81, EXTEND). */
  signed(size: number): number {
    if (size === 0) return 0;
    const value = this.bits(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const found = table.quick[(this.#bits >>> (this.#count - 8)) & 255] as number;
    if (found !== 0) {
      this.#count -= found >> 8;
      return found & 255;
    }
    let length = 9;
    for (; length <= 16; length++) {
      const code = (this.#bits >>> (this.#count - length)) & ((1 << length) - 1);
      if (code > (table.most[length] as number)) continue;
      this.#count -= length;
      return table.symbols[code + (table.offset[length] as number)] as number;
    }
    throw damaged('JPEG', 'a code is in no Huffman table');
  }

  /** Goes on behind the restart marker. */
  restart(): void {
    this.#bits = 0;
    this.#count = 0;
    this.#isOver = false;
    this.#borrowed = 0;
    const bytes = this.#bytes;
    while (bytes[this.position] === 0xff && bytes[this.position + 1] === 0xff) this.position++;
    const marker = bytes[this.position + 1] ?? 0;
    if (bytes[this.position] !== 0xff || marker < 0xd0 || marker > 0xd7)
      throw damaged('JPEG', 'a restart marker is missing');
    this.position += 2;
  }
}
