import { fail, SlipwayError } from '../errors/index.ts';
import { parseJson } from './json-document.ts';
import type { Layout } from './layout.ts';
import { received, type Problems } from './problems.ts';
import { BatchBuilder, MAX_ROW_BYTES, type FileOptions, type RowBatch } from './row-batch.ts';
import type { Place, RowForm } from './row-form.ts';
import type { Rows } from './rows.ts';

/** Reads JSON lines into columns, chunk by chunk: one row a line, blank lines passed by. */
export class JsonlDecoder {
  /** About the file as a whole: the first line with keys that the model does not use. */
  readonly warnings: string[] = [];
  readonly #form: RowForm;
  readonly #layout: Layout;
  readonly #batch: BatchBuilder;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  #place: Place;
  #text = '';
  #line: number;
  readonly #keep: readonly string[];
  #problems: Problems;

  constructor(rows: Rows, options: FileOptions = {}) {
    if (!rows.layout || !rows.form) {
      throw fail('INVALID_INPUT', {
        problem: 'This model takes tensors; send them as one JSON document instead of lines.',
      });
    }
    this.#line = options.skippedLines ?? 0;
    this.#keep = options.keep ?? [];
    this.#form = rows.form;
    this.#layout = rows.layout;
    this.#batch = new BatchBuilder(rows.layout, options, rows.limits);
    this.#place = { ...this.#batch.block, base: 0, stride: this.#batch.stride };
    this.#problems = this.#batch.problemsOfRow();
  }

  /** Takes the next bytes and gives the batches that are full. */
  *push(chunk: Uint8Array): Generator<RowBatch> {
    this.#text += this.#decode(chunk);
    yield* this.#lines();
    if (this.#text.length > MAX_ROW_BYTES)
      throw fail('INVALID_JSON', { problem: `line ${this.#line + 1} is longer than 16 MiB.` });
  }

  /** Gives the rows that are complete, for input that pauses. */
  *pause(): Generator<RowBatch> {
    yield* this.#flush();
  }

  /** Gives the rest. Throws what `collect` collected. */
  *end(): Generator<RowBatch> {
    this.#text += `${this.#decode()}\n`;
    yield* this.#lines();
    yield* this.#batch.end();
  }

  *#lines(): Generator<RowBatch> {
    let start = 0;
    for (let end = this.#text.indexOf('\n'); end >= 0; end = this.#text.indexOf('\n', start)) {
      this.#line++;
      const line = this.#text.slice(start, end);
      start = end + 1;
      if (line.trim() !== '') this.#read(line);
      if (this.#batch.hasRoom) continue;
      yield* this.#flush();
    }
    this.#text = this.#text.slice(start);
  }

  *#flush(): Generator<RowBatch> {
    yield* this.#batch.pause();
    this.#place = { ...this.#batch.block, base: 0, stride: this.#batch.stride };
  }

  #read(line: string): void {
    const problems = this.#problems;
    const told: string[] = [];
    this.#place.base = this.#batch.base;
    problems.prefix = `line ${this.#line}, `;
    const path = `rows[${this.#batch.row}]`;
    const row = this.#parse(line, path);
    for (let i = 0; i < this.#keep.length; i++) this.#batch.keptRow[i] = fieldOf(row, this.#keep[i] as string);
    const isQuick = row !== undefined && this.#form.read(row, this.#place, this.warnings.length > 0);
    if (row !== undefined && !isQuick) {
      this.#form.examine(row, this.#place, path, true, problems, told);
      this.#warnOfExtra(row);
    }
    this.#batch.finish(problems, told, this.#line);
    this.#problems = this.#batch.problemsOfRow(problems);
  }

  #parse(line: string, path: string): unknown {
    try {
      return parseJson(line);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      this.#problems.add(path, 'JSON value', received(line), {
        sentence: `not valid JSON: ${error.message.replace(/^.*?: /, '')}`,
      });
      return undefined;
    }
  }

  /** Undeclared keys are passed by in files, with one warning. */
  #warnOfExtra(row: unknown): void {
    if (this.warnings.length > 0 || typeof row !== 'object' || row === null || Array.isArray(row)) return;
    const extra = Object.keys(row).filter((key) => !this.#layout.cells.some((cell) => cell.name === key));
    if (extra.length === 0) return;
    const shown = extra.slice(0, 10).map((key) => JSON.stringify(key));
    this.warnings.push(
      `The file has columns that the model does not use: ${shown.join(', ')}${extra.length > shown.length ? ', …' : ''}.`,
    );
  }

  #decode(chunk?: Uint8Array): string {
    try {
      return chunk ? this.#utf8.decode(chunk, { stream: true }) : this.#utf8.decode();
    } catch (cause) {
      throw fail('INVALID_JSON', { problem: `the text near line ${this.#line + 1} is not UTF-8.` }, { cause });
    }
  }
}

/** The value of a row under a name, null where there is none. */
function fieldOf(row: unknown, name: string): unknown {
  if (typeof row !== 'object' || row === null || !Object.hasOwn(row, name)) return null;
  return (row as Readonly<Record<string, unknown>>)[name] ?? null;
}
