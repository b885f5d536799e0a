import type { Leaf } from './answer-csv.ts';
import { writeFraction } from './write-fraction.ts';

/** No number is longer than this as text. */
const MOST_DIGITS = 32;
/** Texts whose bytes are kept. */
const MOST_KNOWN = 64;
const COMMA = 44;
const LF = 10;
const encoder = new TextEncoder();

/** Bytes that grow. */
interface Output {
  bytes: Uint8Array;
  end: number;
}

/** Writes the cell of a row. */
export type CellWriter = (row: number, to: Output) => void;

/** The cell as bytes; `text` gives the same as a string. */
export function cellWriter(leaf: Leaf, text: (row: number) => string): CellWriter {
  if (leaf.kind !== 'number') return textWriter(text);
  const { read } = leaf;
  return (row, to) => {
    reserve(to, MOST_DIGITS);
    const end = writeFraction(read(row), to.bytes, to.end);
    if (end < 0) writeAscii(text(row), to);
    else to.end = end;
  };
}

/** Rows of cells as lines. */
export function writeCells(writers: readonly CellWriter[], count: number): Uint8Array {
  const to: Output = { bytes: new Uint8Array(64 + count * 16 * writers.length), end: 0 };
  for (let row = 0; row < count; row++) {
    for (const write of writers) {
      write(row, to);
      reserve(to, 1);
      to.bytes[to.end++] = COMMA;
    }
    if (writers.length === 0) reserve(to, 1);
    else to.end--;
    to.bytes[to.end++] = LF;
  }
  return to.bytes.subarray(0, to.end);
}

/** Labels repeat: the bytes of the last few are kept. */
function textWriter(text: (row: number) => string): CellWriter {
  const known = new Map<string, Uint8Array>();
  return (row, to) => {
    const cell = text(row);
    let bytes = known.get(cell);
    if (bytes === undefined) {
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(cell, (bytes = encoder.encode(cell)));
    }
    reserve(to, bytes.length);
    // Short enough that a loop is faster than `set`.
    if (bytes.length < 64) for (let i = 0; i < bytes.length; i++) to.bytes[to.end + i] = bytes[i] as number;
    else to.bytes.set(bytes, to.end);
    to.end += bytes.length;
  };
}

/** All digits, signs and letters of numbers are ASCII. */
function writeAscii(text: string, to: Output): void {
  for (let i = 0; i < text.length; i++) to.bytes[to.end++] = text.charCodeAt(i);
}

function reserve(to: Output, room: number): void {
  if (to.end + room <= to.bytes.length) return;
  const larger = new Uint8Array((to.end + room) * 2);
  larger.set(to.bytes);
  to.bytes = larger;
}
