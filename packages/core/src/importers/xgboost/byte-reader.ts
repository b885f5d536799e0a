import { corrupt } from './corrupt.ts';

/** Little-endian values as dmlc-core writes them, one after the other; never beyond the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  startsWith(text: string): boolean {
    return String.fromCharCode(...this.#bytes.subarray(this.#at, this.#at + text.length)) === text;
  }

  bytes(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw corrupt('the file ends early');
    return this.#bytes.subarray(this.#at, (this.#at += count));
  }

  skip(count: number): void {
    this.bytes(count);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  part(count: number): DataView {
    const bytes = this.bytes(count);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A count of things of `size` bytes each, if so many can follow. */
  fits(count: number, size: number): number {
    if (!(count >= 0 && count * size <= this.#bytes.length - this.#at)) throw corrupt('the file ends early');
    return count;
  }

  /** The length of a text or a list. */
  length(): number {
    const length = this.part(8).getBigUint64(0, true);
    if (length > BigInt(this.#bytes.length - this.#at)) throw corrupt('the file ends early');
    return Number(length);
  }

  text(): string {
    return new TextDecoder().decode(this.bytes(this.length()));
  }

  pairs(): [string, string][] {
    return Array.from({ length: this.length() }, (): [string, string] => [this.text(), this.text()]);
  }

  floats(count: number): Float32Array {
    const part = this.part(4 * count);
    return Float32Array.from({ length: count }, (_, i) => part.getFloat32(4 * i, true));
  }

  integers(count: number): Int32Array {
    const part = this.part(4 * count);
    return Int32Array.from({ length: count }, (_, i) => part.getInt32(4 * i, true));
  }
}
