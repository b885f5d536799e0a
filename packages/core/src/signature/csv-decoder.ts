import { fail, type SlipwayError } from '../errors/index.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import { judge, takesNumber, takesString, type Cell } from './cell.ts';
import { COMMA, CR, CsvWindow, endsCell, LF, QUOTE } from './csv-bytes.ts';
import { csvValue } from './csv-cell.ts';
import { matchHeader } from './csv-header.ts';
import { scanNumber } from './csv-number.ts';
import { scanWord, type Word } from './csv-word.ts';
import type { Layout } from './layout.ts';
import { MISSING } from './missing.ts';
import { member, type Problems } from './problems.ts';
import { BatchBuilder, MAX_ROW_BYTES, type FileOptions, type RowBatch } from './row-batch.ts';
import type { Rows } from './rows.ts';

interface Field {
  readonly cell: Cell;
  readonly isString: boolean;
  readonly slot: number;
  /** Strings of this column that were seen; those of a closed or known set are plain. */
  readonly dictionary: ByteDictionary;
}

/**
 * Reads CSV (RFC 4180; the first line names the columns) into columns, chunk by chunk, in bounded memory.
 *
 * An empty cell is missing; in columns of numbers so are pandas' other words for it. Plain cells go from bytes to
 * slots without a string in between; whatever is unusual takes the slow way through its text and `judge`.
 */
export class CsvDecoder {
  /** About the file as a whole, such as columns that the model does not use. Complete after the first line. */
  readonly warnings: string[] = [];
  readonly #rows: Rows;
  readonly #layout: Layout;
  readonly #window = new CsvWindow();
  readonly #batch: BatchBuilder;
  #fields: readonly (Field | undefined)[] | undefined;
  readonly #keep: readonly string[];
  readonly #skippedLines: number;
  /** By field: its position among the kept columns, or -1; undefined when none are kept. */
  #keptAt: readonly number[] | undefined;
  #line = 1;
  /** The line that is known to lie in the window as a whole. */
  #wholeLine = 0;
  /** Problems and warnings of the row being read. */
  #problems: Problems;
  #told: string[] = [];
  readonly #word: Word = { end: 0, value: 0 };

  constructor(rows: Rows, options: FileOptions = {}) {
    if (!rows.layout)
      throw fail('INVALID_INPUT', { problem: 'This model takes tensors, which CSV cannot hold; send JSON.' });
    this.#rows = rows;
    this.#layout = rows.layout;
    this.#keep = options.keep ?? [];
    this.#skippedLines = options.skippedLines ?? 0;
    this.#batch = new BatchBuilder(rows.layout, options, rows.limits);
    this.#problems = this.#batch.problemsOfRow();
  }

  /** Takes the next bytes and gives the batches that are full. */
  *push(chunk: Uint8Array): Generator<RowBatch> {
    if (this.#window.end - this.#window.at > MAX_ROW_BYTES)
      throw this.#broken('the line is longer than 16 MiB; is a quote not closed?');
    this.#window.add(chunk);
    yield* this.#read();
  }

  /** Gives the rows that are complete, for input that pauses. */
  *pause(): Generator<RowBatch> {
    yield* this.#batch.pause();
  }

  /** Gives the rest. Throws what `collect` collected. */
  *end(): Generator<RowBatch> {
    // Whatever the last byte is, a further line end adds at most a blank line, and makes a CR at the end a line end.
    this.#window.add(Uint8Array.of(LF));
    yield* this.#read();
    if (this.#window.at < this.#window.end) throw this.#broken('a quoted cell is never closed.');
    if (!this.#fields) throw fail('INVALID_CSV', { line: 1, problem: 'the file is empty.' });
    yield* this.#batch.end();
  }

  *#read(): Generator<RowBatch> {
    if (!this.#fields && !this.#readHeader()) return;
    while (this.#readRows()) yield this.#batch.flush();
  }

  #readHeader(): boolean {
    const window = this.#window;
    if (this.#line === 1 && window.startsWithMark()) window.at += 3;
    while (window.at < window.end && (window.bytes[window.at] === LF || window.bytes[window.at] === CR)) {
      if (!this.#nextLine(window.at)) return false;
    }
    let at = window.at;
    if (!window.hasWholeLine(at)) return false;
    const names: string[] = [];
    for (; ; at++) {
      const end = window.cellEnd(at);
      names.push(this.#text(at, end));
      at = end;
      if (window.bytes[at] !== COMMA) break;
    }
    this.#line += lineBreaks(window.bytes, window.at, at);
    this.#nextLine(at);
    this.#line += this.#skippedLines;
    const { cells, warnings } = matchHeader(names, this.#layout, this.#rows.signature.form, this.#keep);
    if (this.#keep.length > 0) this.#keptAt = names.map((name) => this.#keep.indexOf(name));
    this.warnings.push(...warnings);
    this.#fields = cells.map((cell) => cell && fieldOf(cell));
    return true;
  }

  /** Reads rows into the batch. True: the batch is full; false: more bytes are needed. */
  #readRows(): boolean {
    const fields = this.#fields as readonly (Field | undefined)[];
    const window = this.#window;
    const { bytes } = window;
    const { numbers, strings } = this.#batch.block;
    const { stride } = this.#batch;
    const last = fields.length - 1;
    const keptAt = this.#keptAt;
    const { keptRow } = this.#batch;

    while (this.#batch.hasRoom) {
      let at = window.at;
      if (at >= window.end) return false;
      if (bytes[at] === LF || bytes[at] === CR) {
        // A blank line; pandas passes it by too.
        if (!this.#nextLine(at)) return false;
        continue;
      }
      const base = this.#batch.base;
      let index = 0;
      for (; ; index++) {
        const field = fields[index];
        let end = -1;
        if (field === undefined) end = plainEnd(bytes, at);
        else if (field.isString) {
          const entry = field.dictionary.find(bytes, at);
          if (entry >= 0 && field.dictionary.plain[entry]) {
            strings[base + field.slot * stride] = field.dictionary.strings[entry] as string;
            end = field.dictionary.end;
          } else if (field.cell.nullable && isEmpty(bytes[at] as number)) {
            strings[base + field.slot * stride] = MISSING;
            end = at;
          }
        } else {
          const to = base + field.slot * stride;
          end = scanNumber(bytes, at, numbers, to);
          if (end < 0) end = this.#readWord(field.cell, bytes, at, numbers, to);
          else if (!takesNumber(field.cell, numbers[to] as number)) end = -1;
        }
        if (end < 0) {
          end = this.#readUnusual(field, at, base, stride);
          if (end < 0) return false;
        }
        if (keptAt !== undefined && (keptAt[index] as number) >= 0)
          keptRow[keptAt[index] as number] = this.#text(at, end);
        at = end;
        if (bytes[at] !== COMMA || index >= last) break;
        at++;
      }
      if (!window.hasWholeLine(at)) return false;
      if (bytes[at] === COMMA || index < last) at = this.#wrongCount(at, index + 1, fields.length);
      this.#finishRow(at);
    }
    return true;
  }

  /** A missing number, or true or false. Returns the position behind it, −1 when it is neither or needs a second look. */
  #readWord(cell: Cell, bytes: Uint8Array, at: number, numbers: Float64Array, to: number): number {
    const word = this.#word;
    if (!scanWord(bytes, at, word)) return -1;
    const { value } = word;
    if (value !== value ? !cell.nullable : cell.known !== undefined && !cell.known.has(value)) return -1;
    numbers[to] = value;
    return word.end;
  }

  /** Anything but a plain cell. Returns the position behind it, −1 when the line is not all here yet. */
  #readUnusual(field: Field | undefined, at: number, base: number, stride: number): number {
    const window = this.#window;
    if (this.#wholeLine !== this.#line && !window.hasWholeLine(at)) return -1;
    this.#wholeLine = this.#line;
    const end = window.cellEnd(at);
    if (field === undefined) return end;
    const { cell, dictionary, slot } = field;
    const text = this.#text(at, end);
    const result = this.#judge(cell, csvValue(cell, text));
    if (typeof result === 'string') {
      this.#batch.block.strings[base + slot * stride] = result;
      if (text !== '' && !text.includes('"') && dictionary.find(window.bytes, at) < 0 && dictionary.end === end)
        dictionary.add(text, takesString(cell, text));
    } else if (result !== undefined) this.#batch.block.numbers[base + slot * stride] = result;
    return end;
  }

  #judge(cell: Cell, value: ReturnType<typeof csvValue>): number | string | undefined {
    // Numbers in another notation and new words are common and fine: no path and no place need to be made for them.
    if (typeof value === 'number' && !cell.isString && takesNumber(cell, value)) return value;
    if (typeof value === 'string' && cell.isString && takesString(cell, value)) return value;
    const path = member(`rows[${this.#batch.row}]`, cell.name);
    this.#problems.place = `line ${this.#line}, column ${JSON.stringify(cell.name)}`;
    return judge(cell, value, path, this.#problems, this.#told);
  }

  #finishRow(at: number): void {
    const first = this.#window.at;
    this.#batch.finish(this.#problems, this.#told, this.#line);
    if (this.#told.length) this.#told = [];
    this.#problems = this.#batch.problemsOfRow(this.#problems);
    if (this.#wholeLine === this.#line) this.#line += lineBreaks(this.#window.bytes, first, at);
    this.#nextLine(at);
  }

  #nextLine(at: number): boolean {
    const next = this.#window.lineEnd(at);
    if (next < 0) return false;
    this.#window.at = next;
    this.#line++;
    return true;
  }

  /** Too few or too many cells; returns the position of the line end. */
  #wrongCount(at: number, count: number, expected: number): number {
    const window = this.#window;
    let end = at;
    let found = count;
    for (; window.bytes[end] === COMMA; found++) end = window.cellEnd(end + 1);
    this.#problems.place = `line ${this.#line}`;
    this.#problems.add(`rows[${this.#batch.row}]`, `${expected} cells`, `${found}`, {
      sentence: `expected ${expected} cells as in the first line, received ${found}`,
    });
    return end;
  }

  #text(at: number, end: number): string {
    const text = this.#window.text(at, end);
    if (text === undefined) throw this.#broken('a cell is not UTF-8, or its quotes are not in order.');
    return text;
  }

  #broken(problem: string): SlipwayError {
    return fail('INVALID_CSV', { line: this.#line, problem });
  }
}

function fieldOf(cell: Cell): Field {
  const dictionary = new ByteDictionary();
  for (const value of cell.isString ? (cell.known ?? []) : []) if (typeof value === 'string') dictionary.know(value);
  return { cell, isString: cell.isString, slot: cell.slot, dictionary };
}

function isEmpty(byte: number): boolean {
  return byte !== 0 && endsCell(byte);
}

/** End of an unquoted cell that is passed by; −1 when it is quoted or cut off. */
function plainEnd(bytes: Uint8Array, at: number): number {
  let i = at;
  while (!endsCell(bytes[i] as number)) {
    if (bytes[i] === QUOTE) return -1;
    i++;
  }
  return bytes[i] === 0 ? -1 : i;
}

function lineBreaks(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if (bytes[i] === LF) count++;
  return count;
}
