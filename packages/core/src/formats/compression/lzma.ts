import { copyWithin, damaged, type Output } from './output.ts';

const FIRST_PROBABILITY = 1024;
const TOP = 0x1000000;
const STATES = 12;
const LONGEST_MATCH = 273;

// Offsets into one array of probabilities; positions of the same kind lie together.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * 16;
const IS_REP0 = IS_REP + STATES;
const IS_REP1 = IS_REP0 + STATES;
const IS_REP2 = IS_REP1 + STATES;
const IS_REP0_LONG = IS_REP2 + STATES;
const DISTANCE_SLOT = IS_REP0_LONG + STATES * 16;
const DISTANCE_SPECIAL = DISTANCE_SLOT + 4 * 64;
const DISTANCE_ALIGN = DISTANCE_SPECIAL + 128;
const MATCH_LENGTH = DISTANCE_ALIGN + 16;
const LENGTH_CODER = 2 + 16 * 8 + 16 * 8 + 256;
const REP_LENGTH = MATCH_LENGTH + LENGTH_CODER;
const LITERAL = REP_LENGTH + LENGTH_CODER;

/**
 * The LZMA algorithm: a range coder with adaptive probabilities over literals, matches and repeated matches.
 *
 * The window is the output itself. @see https://www.7-zip.org/sdk.html (lzma-specification.txt)
 */
export class LzmaDecoder {
  readonly #input: Uint8Array;
  readonly #output: Output;
  readonly #format: string;
  #position: number;
  #range = 0;
  #code = 0;
  #probabilities = new Uint16Array(LITERAL);
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;
  /** Where the window begins in the output; a match reaches no further back. */
  windowStart = 0;

  constructor(format: string, input: Uint8Array, position: number, output: Output) {
    this.#format = format;
    this.#input = input;
    this.#position = position;
    this.#output = output;
  }

  get position(): number {
    return this.#position;
  }

  set position(position: number) {
    this.#position = position;
  }

  /** Takes the byte of properties (lc, lp, pb) and resets the probabilities. */
  setProperties(byte: number): void {
    const literalContextBits = byte % 9;
    const rest = (byte - literalContextBits) / 9;
    const literalPositionBits = rest % 5;
    const positionBits = (rest - literalPositionBits) / 5;
    if (positionBits > 4) throw damaged(this.#format, 'the properties of the compressed data are not possible');
    this.#literalContextBits = literalContextBits;
    this.#literalPositionMask = (1 << literalPositionBits) - 1;
    this.#positionMask = (1 << positionBits) - 1;
    const size = LITERAL + (0x300 << (literalContextBits + literalPositionBits));
    if (this.#probabilities.length !== size) this.#probabilities = new Uint16Array(size);
    this.resetState();
  }

  resetState(): void {
    this.#probabilities.fill(FIRST_PROBABILITY);
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  /** Every run of the range coder begins with a zero byte and four bytes of code. */
  startRange(): void {
    const input = this.#input;
    const at = this.#position;
    if (at + 5 > input.length) throw this.#truncated();
    if (input[at] !== 0) throw damaged(this.#format, 'the compressed data does not begin as it must');
    this.#range = -1;
    this.#code =
      ((input[at + 1] as number) << 24) |
      ((input[at + 2] as number) << 16) |
      ((input[at + 3] as number) << 8) |
      (input[at + 4] as number);
    this.#position = at + 5;
  }

  /** Whether the range coder ended where its encoder did. */
  get isFinished(): boolean {
    return this.#code === 0;
  }

  /**
   * Decodes until the output has `end` bytes, or until the end marker where `mayEnd`; answers whether the marker came.
   * Matches that would pass `end` are an error.
   */
  decode(end: number, mayEnd: boolean): boolean {
    const input = this.#input;
    const output = this.#output;
    const probabilities = this.#probabilities;
    const positionMask = this.#positionMask;
    const literalPositionMask = this.#literalPositionMask;
    const literalContextBits = this.#literalContextBits;
    const windowStart = this.windowStart;
    let out = output.bytes;
    let written = output.length;
    let capacity = out.length;
    let state = this.#state;
    // The coder's registers live in local variables while literals are decoded, which is where the time goes.
    let range = this.#range;
    let code = this.#code;
    let position = this.#position;

    while (written < end) {
      if (position > input.length) throw this.#truncated();
      if (written + LONGEST_MATCH > capacity && capacity < end) {
        output.length = written;
        output.reserveUpTo(Math.min(LONGEST_MATCH, end - written));
        out = output.bytes;
        capacity = out.length;
      }
      const positionState = (written - windowStart) & positionMask;
      const index = IS_MATCH + (state << 4) + positionState;
      let probability = probabilities[index] as number;
      let bound = Math.imul(range >>> 11, probability);
      if (code >>> 0 < bound >>> 0) {
        probabilities[index] = probability + ((2048 - probability) >>> 5);
        range = bound;
        if (range >>> 0 < TOP) {
          range <<= 8;
          code = (code << 8) | (input[position++] as number);
        }
        const before = written > windowStart ? (out[written - 1] as number) : 0;
        const base =
          LITERAL +
          0x300 *
            ((((written - windowStart) & literalPositionMask) << literalContextBits) +
              (before >>> (8 - literalContextBits)));
        let symbol = 1;
        if (state >= 7) {
          if (written - this.#rep0 <= windowStart) throw this.#badDistance();
          let matchByte = out[written - this.#rep0 - 1] as number;
          do {
            matchByte <<= 1;
            const matchBit = matchByte & 0x100;
            const at = base + 0x100 + matchBit + symbol;
            probability = probabilities[at] as number;
            bound = Math.imul(range >>> 11, probability);
            if (code >>> 0 < bound >>> 0) {
              range = bound;
              probabilities[at] = probability + ((2048 - probability) >>> 5);
              symbol <<= 1;
              if (range >>> 0 < TOP) {
                range <<= 8;
                code = (code << 8) | (input[position++] as number);
              }
              if (matchBit !== 0) break;
            } else {
              range = (range - bound) | 0;
              code = (code - bound) | 0;
              probabilities[at] = probability - (probability >>> 5);
              symbol = (symbol << 1) | 1;
              if (range >>> 0 < TOP) {
                range <<= 8;
                code = (code << 8) | (input[position++] as number);
              }
              if (matchBit === 0) break;
            }
          } while (symbol < 0x100);
        }
        while (symbol < 0x100) {
          const at = base + symbol;
          probability = probabilities[at] as number;
          bound = Math.imul(range >>> 11, probability);
          if (code >>> 0 < bound >>> 0) {
            range = bound;
            probabilities[at] = probability + ((2048 - probability) >>> 5);
            symbol <<= 1;
          } else {
            range = (range - bound) | 0;
            code = (code - bound) | 0;
            probabilities[at] = probability - (probability >>> 5);
            symbol = (symbol << 1) | 1;
          }
          if (range >>> 0 < TOP) {
            range <<= 8;
            code = (code << 8) | (input[position++] as number);
          }
        }
        // Only at the limit of the whole output is there less room than was asked for.
        if (written === capacity) output.reserve(1);
        out[written++] = symbol;
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      range = (range - bound) | 0;
      code = (code - bound) | 0;
      probabilities[index] = probability - (probability >>> 5);
      if (range >>> 0 < TOP) {
        range <<= 8;
        code = (code << 8) | (input[position++] as number);
      }

      this.#range = range;
      this.#code = code;
      this.#position = position;
      this.#state = state;
      const length = this.#match(positionState);
      range = this.#range;
      code = this.#code;
      position = this.#position;
      state = this.#state;
      if (length === 0) {
        if (!mayEnd) throw damaged(this.#format, 'the compressed data ends before its size is reached');
        output.length = written;
        return true;
      }
      const distance = this.#rep0 + 1;
      if (distance > written - windowStart) throw this.#badDistance();
      if (length > end - written) throw damaged(this.#format, 'the decompressed data is longer than its header says');
      if (length > capacity - written) output.reserve(length);
      copyWithin(out, written, distance, length);
      written += length;
    }
    if (position > input.length) throw this.#truncated();
    output.length = written;
    this.#state = state;
    this.#range = range;
    this.#code = code;
    this.#position = position;
    return false;
  }

  /** Decodes what a match repeats: sets rep0 (distance − 1) and answers the length; 0 is the end marker. */
  #match(positionState: number): number {
    const state = this.#state;
    if (this.#bit(IS_REP + state) === 0) {
      this.#rep3 = this.#rep2;
      this.#rep2 = this.#rep1;
      this.#rep1 = this.#rep0;
      const length = this.#length(MATCH_LENGTH, positionState);
      this.#state = state < 7 ? 7 : 10;
      this.#rep0 = this.#distance(Math.min(length - 2, 3));
      return this.#rep0 === -1 ? 0 : length;
    }
    if (this.#bit(IS_REP0 + state) === 0) {
      if (this.#bit(IS_REP0_LONG + (state << 4) + positionState) === 0) {
        this.#state = state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      let distance = this.#rep1;
      if (this.#bit(IS_REP1 + state) === 1) {
        distance = this.#rep2;
        if (this.#bit(IS_REP2 + state) === 1) {
          distance = this.#rep3;
          this.#rep3 = this.#rep2;
        }
        this.#rep2 = this.#rep1;
      }
      this.#rep1 = this.#rep0;
      this.#rep0 = distance;
    }
    this.#state = state < 7 ? 8 : 11;
    return this.#length(REP_LENGTH, positionState);
  }

  #length(coder: number, positionState: number): number {
    if (this.#bit(coder) === 0) return 2 + this.#tree(coder + 2 + (positionState << 3), 3);
    if (this.#bit(coder + 1) === 0) return 10 + this.#tree(coder + 130 + (positionState << 3), 3);
    return 18 + this.#tree(coder + 258, 8);
  }

  /** Distance − 1; −1 (all bits set) is the end marker. */
  #distance(lengthState: number): number {
    const slot = this.#tree(DISTANCE_SLOT + (lengthState << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const start = (2 | (slot & 1)) << bits;
    if (slot < 14) return start + this.#reverseTree(DISTANCE_SPECIAL + start - slot, bits);
    const direct = this.#directBits(bits - 4) << 4;
    const distance = (start + direct + this.#reverseTree(DISTANCE_ALIGN, 4)) | 0;
    // Distances beyond 2 GiB lie outside of any window that is allowed here.
    if (distance < -1) throw this.#badDistance();
    return distance;
  }

  #bit(index: number): 0 | 1 {
    const probability = this.#probabilities[index] as number;
    const bound = Math.imul(this.#range >>> 11, probability);
    let bit: 0 | 1;
    if (this.#code >>> 0 < bound >>> 0) {
      this.#range = bound;
      this.#probabilities[index] = probability + ((2048 - probability) >>> 5);
      bit = 0;
    } else {
      this.#range = (this.#range - bound) | 0;
      this.#code = (this.#code - bound) | 0;
      this.#probabilities[index] = probability - (probability >>> 5);
      bit = 1;
    }
    if (this.#range >>> 0 < TOP) {
      this.#range <<= 8;
      this.#code = (this.#code << 8) | (this.#input[this.#position++] as number);
    }
    return bit;
  }

  #tree(base: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(base + symbol);
    return symbol - (1 << bits);
  }

  #reverseTree(base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #directBits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.#range >>>= 1;
      this.#code = (this.#code - this.#range) | 0;
      const mask = this.#code >> 31;
      this.#code = (this.#code + (this.#range & mask)) | 0;
      value = (value << 1) + mask + 1;
      if (this.#range >>> 0 < TOP) {
        this.#range <<= 8;
        this.#code = (this.#code << 8) | (this.#input[this.#position++] as number);
      }
    }
    return value;
  }

  #badDistance() {
    return damaged(this.#format, 'a match refers to data before the beginning');
  }

  #truncated() {
    return damaged(this.#format, 'the compressed data ends too early');
  }
}
