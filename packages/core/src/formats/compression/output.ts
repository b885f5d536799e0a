import { fail, type SlipwayError } from '../../errors/index.ts';
import { readableSize } from '../limits/index.ts';

const FIRST = 64 * 1024;

/** Decompressed bytes, growing as needed but never beyond their limit: the limit is checked before memory is taken. */
export class Output {
  bytes: Uint8Array;
  length = 0;
  readonly #format: string;
  readonly #most: number;

  constructor(format: string, most: number, expected = Math.min(FIRST, most)) {
    this.#format = format;
    this.#most = most;
    if (expected > most) throw outputLimit(format, most);
    this.bytes = new Uint8Array(expected);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.#most) throw outputLimit(this.#format, this.#most);
    const grown = new Uint8Array(Math.min(this.#most, Math.max(needed, this.bytes.length * 2)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Makes room for up to `count` more bytes, or for less where the limit comes first. */
  reserveUpTo(count: number): void {
    this.reserve(Math.min(count, this.#most - this.length));
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** Copies `count` bytes from `distance` before `to`; with a distance below the count the copied bytes repeat. */
export function copyWithin(bytes: Uint8Array, to: number, distance: number, count: number): void {
  const from = to - distance;
  if (distance >= count) {
    if (count > 32) bytes.copyWithin(to, from, from + count);
    else for (let i = 0; i < count; i++) bytes[to + i] = bytes[from + i] as number;
  } else if (distance === 1) bytes.fill(bytes[from] as number, to, to + count);
  else for (let i = 0; i < count; i++) bytes[to + i] = bytes[from + i] as number;
}

/** The error for output that would exceed its limit. */
export function outputLimit(format: string, most: number): SlipwayError {
  return fail('LIMIT_EXCEEDED', { format, what: 'the decompressed data', limit: readableSize(most) });
}

/** The error for a damaged compressed stream. */
export function damaged(format: string, problem: string): SlipwayError {
  return fail('CORRUPT_FILE', { format, problem });
}
