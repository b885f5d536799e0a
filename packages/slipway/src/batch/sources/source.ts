import type { InputFile } from '../inputs/input-file.ts';

/** What a value of a column is, in every row. `json`: any JSON value. */
export type ValueType = 'string' | 'float64' | 'int32' | 'int64' | 'bool' | 'timestamp' | 'json';

/** A part of an input that one worker reads at a time. Plain data: it crosses threads. */
export type Piece = { readonly index: number; readonly file: InputFile } & (
  | {
      /** Whole lines of CSV (behind `header`) or JSON lines. */
      readonly kind: 'text';
      readonly header: Uint8Array;
      readonly body: Uint8Array;
      /** Lines of the file before the body, without those of the header. */
      readonly skippedLines: number;
    }
  /** Rows [from, to) of a Parquet file. */
  | { readonly kind: 'rows'; readonly from: number; readonly to: number }
  /** An Arrow stream with some of the batches. */
  | { readonly kind: 'arrow'; readonly bytes: Uint8Array; readonly from: number }
  /** Rows of a SQLite table after the row id `after`, up to `upTo`. */
  | { readonly kind: 'table'; readonly after: string; readonly upTo: string; readonly from: number }
);

/** A piece, how far the input is read with it, and where the next one begins. */
export interface Cut {
  readonly piece: Piece;
  /** Of the bytes of the file, from 0 to 1. */
  readonly share: number;
  /** Where to go on behind it; what this is only the source knows. */
  readonly next: Place;
}

/** A place in an input: numbers and texts by name. */
export type Place = Readonly<Record<string, number | string>>;

/** Columns of a piece, read without rows as objects. */
export interface Columns {
  readonly count: number;
  readonly columns: ReadonlyMap<string, ArrayLike<unknown>>;
}

/** How large pieces are: enough that a worker is busy for some tens of milliseconds, and little enough to hold many. */
export interface PieceSize {
  /** Of text and Arrow batches. */
  readonly bytes: number;
  /** Of columns. */
  readonly rows: number;
}

/** Reads one format. Adding one = a file and a line in `index.ts`. */
export interface Source {
  /** Cuts a file into pieces, from a place on. At least one piece for each file, so that its columns are checked. */
  cut(file: InputFile, from: Place | undefined, first: number, size: PieceSize): AsyncGenerator<Cut>;
  /** What the columns hold; undefined: the file does not say. */
  types(file: InputFile): Promise<ReadonlyMap<string, ValueType> | undefined>;
  /** Reads columns of a piece; only for sources of columns. Those of `exact` keep every digit and what is missing. */
  read?(piece: Piece, names: ReadonlySet<string>, exact: ReadonlySet<string>): Promise<Columns>;
}
