import { fail, type SlipwayError } from '../../errors/index.ts';
import { readableSize, type Limits } from '../limits/index.ts';
import { latin1, utf8 } from '../text.ts';

const NEWLINE = 10;

/** Reads a byte stream front to back; every read is checked against the end, so a length that lies allocates nothing. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly limits: Limits;
  position = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, limits: Limits) {
    this.bytes = bytes;
    this.limits = limits;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  uint8(): number {
    if (this.position >= this.bytes.length) throw this.truncated(1);
    return this.bytes[this.position++] as number;
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A 64-bit length. What lies beyond 2^53 lies beyond any file, too. */
  length64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** The only big-endian number of a pickle. */
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A view on the next bytes, not a copy. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  utf8(length: number): string {
    this.#checkString(length);
    const start = this.#advance(length);
    return utf8(this.bytes, start, start + length, 'pickle');
  }

  /** Strings of Python 2 have no encoding; Latin-1 keeps each byte, as `pickle.load(encoding="latin1")` does. */
  latin1(length: number): string {
    this.#checkString(length);
    const start = this.#advance(length);
    return latin1(this.bytes, start, start + length);
  }

  /** The text up to the next newline, as Latin-1, without it. */
  line(): string {
    const { start, end } = this.#line();
    return latin1(this.bytes, start, end);
  }

  /** The same as UTF-8: module and class names may hold any letter. */
  utf8Line(): string {
    const { start, end } = this.#line();
    return utf8(this.bytes, start, end, 'pickle');
  }

  corrupt(problem: string): SlipwayError {
    return fail('CORRUPT_FILE', { format: 'pickle', problem: `${problem} (at byte ${this.position})` });
  }

  truncated(needed: number): SlipwayError {
    const { position, bytes } = this;
    return fail('CORRUPT_FILE', {
      format: 'pickle',
      problem: `the file ends too early: ${needed} bytes are expected at byte ${position}, ${bytes.length - position} are there`,
    });
  }

  #line(): { start: number; end: number } {
    const start = this.position;
    const end = this.bytes.indexOf(NEWLINE, start);
    if (end < 0) throw this.truncated(this.remaining + 1);
    this.#checkString(end - start);
    this.position = end + 1;
    return { start, end };
  }

  #checkString(length: number): void {
    const limit = this.limits.stringBytes;
    if (length > limit && length <= this.remaining) {
      throw fail('LIMIT_EXCEEDED', { format: 'pickle', what: 'the length of a string', limit: readableSize(limit) });
    }
  }

  #advance(length: number): number {
    const start = this.position;
    // Written so that NaN is refused, too.
    if (!(length >= 0 && length <= this.bytes.length - start)) throw this.truncated(length);
    this.position = start + length;
    return start;
  }
}
