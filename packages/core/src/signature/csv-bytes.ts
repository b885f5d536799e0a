export const QUOTE = 34;
export const COMMA = 44;
export const LF = 10;
export const CR = 13;

/** Bytes that may end an unquoted cell: comma, line ends, and the NUL that stands behind the last byte of a window. */
const ENDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte === COMMA || byte === LF || byte === CR || byte === 0),
);

export function endsCell(byte: number): boolean {
  return ENDS[byte] !== 0;
}

/** The part of a CSV file that is being read: `bytes[at..end]`, and a NUL at `end`. Nothing here has side effects on `at`. */
export class CsvWindow {
  bytes: Uint8Array = new Uint8Array(1 << 16);
  at = 0;
  end = 0;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** Appends bytes behind those that are not read yet. */
  add(chunk: Uint8Array): void {
    const rest = this.end - this.at;
    const needed = rest + chunk.length + 1;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(this.at, this.end));
      this.bytes = larger;
    } else this.bytes.copyWithin(0, this.at, this.end);
    this.bytes.set(chunk, rest);
    this.at = 0;
    this.end = rest + chunk.length;
    this.bytes[this.end] = 0;
  }

  /** True where a UTF-8 byte order mark stands. */
  startsWithMark(): boolean {
    const { bytes, at } = this;
    return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
  }

  /** Position behind the cell that starts at `at`, on its comma or line end; −1 when the window ends before. */
  cellEnd(at: number): number {
    const { bytes, end } = this;
    let i = at;
    if (bytes[i] === QUOTE) {
      for (i++; i < end; i++) {
        if (bytes[i] !== QUOTE) continue;
        if (bytes[i + 1] !== QUOTE) break;
        i++;
      }
    }
    while (i < end && (bytes[i] === 0 || !endsCell(bytes[i] as number))) i++;
    return i < end ? i : -1;
  }

  /** Position behind the line end at `at`; −1 when the window ends before that is sure. */
  lineEnd(at: number): number {
    if (at >= this.end) return -1;
    if (this.bytes[at] !== CR) return at + 1;
    if (at + 1 >= this.end) return -1;
    return this.bytes[at + 1] === LF ? at + 2 : at + 1;
  }

  /** True when the line that `at` is in, on the first byte of a cell, ends inside the window. */
  hasWholeLine(at: number): boolean {
    let i = this.cellEnd(at);
    while (i >= 0 && this.bytes[i] === COMMA) i = this.cellEnd(i + 1);
    return i >= 0 && this.lineEnd(i) >= 0;
  }

  /** The text of a cell without its quotes; undefined when it is not UTF-8 or its quotes are wrong. */
  text(start: number, end: number): string | undefined {
    let raw: string;
    try {
      raw = this.#utf8.decode(this.bytes.subarray(start, end));
    } catch {
      return undefined;
    }
    if (!raw.startsWith('"')) return raw;
    if (raw.length < 2 || !raw.endsWith('"')) return undefined;
    return raw.slice(1, -1).replaceAll('""', '"');
  }
}
