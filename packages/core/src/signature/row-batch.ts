import type { SlipwayError } from '../errors/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { blockTensors, makeBlock, type Block, type Layout } from './layout.ts';
import { Problems } from './problems.ts';
import { checkSize, type SizeLimits } from './size-limits.ts';

/** Some rows of a file, as the graph takes them. */
export interface RowBatch {
  readonly count: number;
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** By position in this batch. */
  readonly warnings: ReadonlyMap<number, readonly string[]>;
  /** Number of each row in the file, from 0. Not a plain count where rows were left out. */
  readonly rows: Float64Array;
  /** By column of {@link FileOptions.keep}: a value for each row. */
  readonly kept: readonly (readonly unknown[])[];
}

/** A row that was left out. */
export interface Rejected {
  /** From 0. */
  readonly row: number;
  /** Line of the file, from 1. */
  readonly line: number;
  readonly error: SlipwayError;
  /** Its values of {@link FileOptions.keep}, as far as they were read. */
  readonly kept: readonly unknown[];
}

export interface FileOptions {
  /** Rows per batch; 8192 unless told. */
  readonly batchRows?: number | undefined;
  /**
   * What a bad row does: `stop` (the default) throws at once, `collect` reads on and throws all problems at the end
   * (batches before that may hold rubbish), a function is told and the row is left out.
   */
  readonly onBadRow?: 'stop' | 'collect' | ((rejected: Rejected) => void) | undefined;
  /** Columns of the file that are handed on beside the rows: texts of a CSV file, values of JSON lines. */
  readonly keep?: readonly string[] | undefined;
  /** Lines of the file before the first row that are not here, for the numbers in messages: a part of a file is read. */
  readonly skippedLines?: number | undefined;
}

/** A single row may have so many bytes; beyond that the file is not what it seems. */
export const MAX_ROW_BYTES = 16 * 1024 * 1024;
const DEFAULT_BATCH_ROWS = 8192;

/** Collects rows of a file into batches; knows what a bad row does. */
export class BatchBuilder {
  readonly #layout: Layout;
  readonly #onBadRow: NonNullable<FileOptions['onBadRow']>;
  readonly capacity: number;
  /** See {@link Layout}: slot s of the next row is at `base + s·stride`. */
  readonly stride: number;
  /** Its numbers are handed on with each batch, its strings are copied and stay. */
  block: Block;
  /** Number in the file of the next row. */
  row = 0;
  #count = 0;
  #rows: Float64Array;
  #warnings = new Map<number, readonly string[]>();
  readonly #collected = new Problems();
  readonly #limits: SizeLimits | undefined;
  /** Kept values of the row being read. */
  readonly keptRow: unknown[];
  #kept: unknown[][];

  constructor(layout: Layout, options: FileOptions, limits?: SizeLimits) {
    this.#layout = layout;
    this.#limits = limits;
    this.#onBadRow = options.onBadRow ?? 'stop';
    this.capacity = options.batchRows ?? DEFAULT_BATCH_ROWS;
    this.stride = layout.matrix ? 1 : this.capacity;
    this.block = makeBlock(layout, this.capacity);
    this.#rows = new Float64Array(this.capacity);
    this.keptRow = (options.keep ?? []).map(() => null);
    this.#kept = this.keptRow.map(() => []);
  }

  get hasRoom(): boolean {
    return this.#count < this.capacity;
  }

  get base(): number {
    return this.#layout.matrix ? this.#count * this.#layout.numbers.length : this.#count;
  }

  /** Where the next row's problems go; `before` is used again when nothing is in it. */
  problemsOfRow(before?: Problems): Problems {
    if (this.#onBadRow === 'collect') return this.#collected;
    return before && before.count === 0 ? before : new Problems();
  }

  /** Keeps the row that was written at `base`, or does what a bad row does. */
  finish(problems: Problems, warnings: readonly string[], line: number): void {
    const row = this.row++;
    if (problems.count > 0 && this.#onBadRow !== 'collect') {
      const error = problems.error();
      if (this.#onBadRow === 'stop') throw error;
      this.#onBadRow({ row, line, error, kept: this.keptRow.slice() });
      this.keptRow.fill(null);
      return;
    }
    this.#rows[this.#count] = row;
    for (let i = 0; i < this.keptRow.length; i++) this.#kept[i]?.push(this.keptRow[i]);
    if (this.keptRow.length > 0) this.keptRow.fill(null);
    if (warnings.length) this.#warnings.set(this.#count, warnings);
    this.#count++;
  }

  flush(): RowBatch {
    checkSize(this.#limits, this.row, this.row * this.#layout.cells.length);
    const batch = {
      count: this.#count,
      tensors: blockTensors(this.#layout, this.block, this.#count),
      warnings: this.#warnings,
      rows: this.#rows.subarray(0, this.#count),
      kept: this.#kept,
    };
    this.#kept = this.keptRow.map(() => []);
    this.block = { ...this.block, numbers: new Float64Array(this.block.numbers.length) };
    this.#rows = new Float64Array(this.capacity);
    this.#warnings = new Map();
    this.#count = 0;
    return batch;
  }

  /** The rows so far, if any. */
  *pause(): Generator<RowBatch> {
    if (this.#count > 0) yield this.flush();
  }

  /** The rest, or what was collected. */
  *end(): Generator<RowBatch> {
    this.#collected.throwIfAny();
    yield* this.pause();
  }
}
