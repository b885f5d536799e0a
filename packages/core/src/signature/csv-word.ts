import { endsCell } from './csv-bytes.ts';

/** Where the word of {@link scanWord} ends, and what it stands for. */
export interface Word {
  end: number;
  /** NaN: the cell is empty. */
  value: number;
}

const UPPER = 0x20;

/**
 * Reads the two words that columns of numbers are full of, an empty cell and true or false as pandas, JSON and
 * spreadsheets write them, without making a string. False for anything else, and for a cell that may be cut off.
 */
export function scanWord(bytes: Uint8Array, at: number, word: Word): boolean {
  const first = bytes[at] as number;
  if (endsCell(first)) {
    word.end = at;
    word.value = NaN;
    return first !== 0;
  }
  const isTrue = (first | UPPER) === 0x74;
  if (!isTrue && (first | UPPER) !== 0x66) return false;
  const end = at + (isTrue ? 4 : 5);
  const last = bytes[end];
  if (last === undefined || last === 0 || !endsCell(last)) return false;
  // The case of the second letter is that of the rest, and capitals need a capital before them.
  const rest = (bytes[at + 1] as number) & UPPER;
  if (rest === 0 && (first & UPPER) !== 0) return false;
  const letters = isTrue ? TRUE : FALSE;
  for (let i = 1; i < letters.length; i++) if (bytes[at + i] !== ((letters[i] as number) | rest)) return false;
  word.end = end;
  word.value = isTrue ? 1 : 0;
  return true;
}

/** In capitals. */
const TRUE = Uint8Array.of(0x54, 0x52, 0x55, 0x45);
const FALSE = Uint8Array.of(0x46, 0x41, 0x4c, 0x53, 0x45);
