import type { AnswerCell } from '@slipway/core/signature';
import type { ValueType } from '../sources/index.ts';

/** A column of the output. */
export interface OutputColumn {
  readonly name: string;
  readonly type: ValueType;
  /** Taken from the input, or part of the answer. */
  readonly from: 'input' | 'answer';
}

/** Answered rows as a sink takes them. */
export interface Answered {
  readonly count: number;
  /** By kept column: a value for each row. */
  readonly kept: readonly ArrayLike<unknown>[];
  /** Cells of the answers that are wanted, in the order of the output columns. */
  readonly cells: readonly AnswerCell[];
  /** Cells that the whole answer has. */
  readonly all: number;
  /** The whole answer of a row as JSON. */
  readonly json: (row: number) => string;
}

/** Where the parts of a file end up: what a sink told of each, and its first byte. */
export interface Part {
  readonly about: unknown;
  readonly at: number;
}

/** Bytes of a part of the output, and what the end of the file has to know about it. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** Plain JSON. */
  readonly about: unknown;
}

/** Encodes the rows of one piece. */
export interface Encoder {
  add(rows: Answered): void;
  finish(): Encoded;
}

/** Writes one format. A file is `start`, parts in order, and `end`: the same bytes, whoever encoded the parts. */
export interface Sink {
  start(columns: readonly OutputColumn[]): Uint8Array;
  open(columns: readonly OutputColumn[]): Encoder;
  end(columns: readonly OutputColumn[], parts: readonly Part[]): Uint8Array;
}
