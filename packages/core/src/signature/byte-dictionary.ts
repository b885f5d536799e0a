import { CR, endsCell, LF, QUOTE } from './csv-bytes.ts';

const encoder = new TextEncoder();
/** Strings that are kept per column; further ones are decoded each time, so memory stays bounded. */
const MAX_ENTRIES = 1 << 14;
/** Longer cells are text rather than categories. */
const MAX_BYTES = 256;

/**
 * Strings found by their bytes: the cell of a category column becomes its string without a new string per cell.
 *
 * Open addressing over a table of entry numbers; the bytes of all entries lie in one arena.
 */
export class ByteDictionary {
  #table = new Int32Array(64).fill(-1);
  #hashes = new Int32Array(32);
  #starts = new Int32Array(32);
  #lengths = new Int32Array(32);
  #arena = new Uint8Array(1024);
  #used = 0;
  /** By entry number. */
  readonly strings: string[] = [];
  /** By entry number: false for entries that need a second look each time they come. */
  readonly plain: boolean[] = [];

  /** Position behind the cell that {@link find} looked at. */
  end = 0;
  #hash = 0;

  /**
   * Entry number of the CSV cell at `at`, quoted or not. −1: empty, unknown, cut off, or with quotes and line breaks
   * inside. Then `add` takes it under the hash found here.
   */
  find(bytes: Uint8Array, at: number): number {
    const isQuoted = bytes[at] === QUOTE;
    const start = isQuoted ? at + 1 : at;
    let hash = 0;
    let i = start;
    let byte = bytes[i] as number;
    if (isQuoted) {
      while (byte !== QUOTE && byte !== 0 && byte !== LF && byte !== CR) {
        hash = (Math.imul(hash, 31) + byte) | 0;
        byte = bytes[++i] as number;
      }
    } else {
      while (!endsCell(byte) && byte !== QUOTE) {
        hash = (Math.imul(hash, 31) + byte) | 0;
        byte = bytes[++i] as number;
      }
    }
    this.#hash = hash;
    this.end = -1;
    const after = isQuoted ? i + 1 : i;
    if (i === start || byte === 0 || (byte === QUOTE) !== isQuoted) return -1;
    if (isQuoted && (after >= bytes.length || bytes[after] === 0 || !endsCell(bytes[after] as number))) return -1;
    this.end = after;
    return this.#entry(bytes, start, i - start, hash);
  }

  /** Adds the text of the cell that `find` just did not find. */
  add(text: string, plain: boolean): void {
    this.#insert(encoder.encode(text), this.#hash, text, plain);
  }

  /** Adds a text that is known beforehand. */
  know(text: string): void {
    const bytes = encoder.encode(text);
    let hash = 0;
    for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
    this.#insert(bytes, hash, text, true);
  }

  #entry(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const mask = this.#table.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = this.#table[at] as number;
      if (entry < 0) return -1;
      if (this.#hashes[entry] === hash && this.#lengths[entry] === length && this.#same(entry, bytes, start, length))
        return entry;
    }
  }

  #insert(bytes: Uint8Array, hash: number, text: string, plain: boolean): void {
    const entry = this.strings.length;
    if (entry >= MAX_ENTRIES || bytes.length > MAX_BYTES) return;
    if (entry === this.#hashes.length) this.#grow();
    while (this.#used + bytes.length > this.#arena.length)
      this.#arena = enlarged(this.#arena, new Uint8Array(this.#arena.length * 2));
    this.#arena.set(bytes, this.#used);
    this.#hashes[entry] = hash;
    this.#starts[entry] = this.#used;
    this.#lengths[entry] = bytes.length;
    this.#used += bytes.length;
    this.strings.push(text);
    this.plain.push(plain);
    this.#place(entry);
  }

  #same(entry: number, bytes: Uint8Array, start: number, length: number): boolean {
    const arena = this.#arena;
    const from = this.#starts[entry] as number;
    for (let i = 0; i < length; i++) if (arena[from + i] !== bytes[start + i]) return false;
    return true;
  }

  #place(entry: number): void {
    const mask = this.#table.length - 1;
    let at = (this.#hashes[entry] as number) & mask;
    while ((this.#table[at] as number) >= 0) at = (at + 1) & mask;
    this.#table[at] = entry;
  }

  #grow(): void {
    const size = this.#hashes.length * 2;
    this.#hashes = enlarged(this.#hashes, new Int32Array(size));
    this.#starts = enlarged(this.#starts, new Int32Array(size));
    this.#lengths = enlarged(this.#lengths, new Int32Array(size));
    this.#table = new Int32Array(size * 2).fill(-1);
    for (let entry = 0; entry < this.strings.length; entry++) this.#place(entry);
  }
}

function enlarged<T extends Uint8Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
