/** Integers as they come from a file: 32-bit ones compactly, because tree attributes have millions. */
export class IntList {
  #small = new Int32Array(16);
  #length = 0;
  /** All of them, from the first one on that needs more than 32 bits. */
  #large: (number | bigint)[] | undefined;

  get length(): number {
    return this.#large ? this.#large.length : this.#length;
  }

  /** Makes room for `count` more. */
  reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#small.length) return;
    const larger = new Int32Array(Math.max(needed, this.#small.length * 2));
    larger.set(this.#small.subarray(0, this.#length));
    this.#small = larger;
  }

  /** Appends varints of up to three bytes from a packed list; returns where it stopped: at the end, or at a longer one. */
  appendShort(bytes: Uint8Array, start: number, end: number): number {
    if (this.#large) return start;
    const small = this.#small;
    let [at, length] = [start, this.#length];
    while (at < end && length < small.length) {
      const first = bytes[at] as number;
      if (first < 128) {
        small[length++] = first;
        at++;
        continue;
      }
      const second = at + 1 < end ? (bytes[at + 1] as number) : 255;
      if (second < 128) {
        small[length++] = (first & 127) | (second << 7);
        at += 2;
        continue;
      }
      const third = at + 2 < end ? (bytes[at + 2] as number) : 255;
      if (third > 127) break;
      small[length++] = (first & 127) | ((second & 127) << 7) | (third << 14);
      at += 3;
    }
    this.#length = length;
    return at;
  }

  push(value: number | bigint): void {
    if (this.#large) this.#large.push(value);
    else if (typeof value === 'number' && (value | 0) === value) {
      if (this.#length === this.#small.length) this.reserve(1);
      this.#small[this.#length++] = value;
    } else this.#large = [...this.#small.subarray(0, this.#length), value];
  }

  /** The smallest array that holds them. */
  values(): Int32Array | BigInt64Array | readonly number[] {
    if (!this.#large) return this.#small.slice(0, this.#length);
    return this.#large.some((value) => typeof value === 'bigint')
      ? BigInt64Array.from(this.#large, BigInt)
      : (this.#large as number[]);
  }
}
