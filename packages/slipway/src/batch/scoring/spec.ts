import type { PlainError } from '@slipway/core/errors';
import type { PreStep } from '@slipway/core/pre';
import type { Signature } from '@slipway/core/signature';
import type { Compression, Format } from '../format.ts';
import type { OutputColumn } from '../sinks/index.ts';
import type { Piece } from '../sources/index.ts';
import type { Tally } from './tally.ts';

/** How pieces are answered. Plain data: it crosses threads. */
export interface ScoringSpec {
  /** The graph as ONNX bytes. */
  readonly graph: Uint8Array;
  readonly signature: Signature;
  readonly pre: readonly PreStep[] | undefined;
  readonly executor: 'compiled' | 'onnx';
  /** Which rows count. */
  readonly where: string | undefined;
  readonly columns: readonly OutputColumn[];
  readonly format: Format;
  readonly compression: Compression;
  readonly onError: 'stop' | 'reject';
}

/** What became of the rows of a piece. `read` is the sum of the other three. */
export interface Counts {
  readonly read: number;
  readonly answered: number;
  /** Not valid; each is in the rejects file. */
  readonly rejected: number;
  /** Left out by `--where`. */
  readonly filtered: number;
}

/** A piece, answered. */
export interface Scored {
  readonly counts: Counts;
  readonly bytes: Uint8Array;
  /** What the end of the file has to know. */
  readonly about: unknown;
  /** Bad rows as JSON lines. */
  readonly rejects: Uint8Array;
  /** Rows with a warning, and the first of them in words. */
  readonly warned: number;
  readonly warnings: readonly string[];
  /** By output column of the answer. */
  readonly tallies: Readonly<Record<string, Tally>>;
}

export type ThreadRequest = { readonly id: number; readonly piece: Piece };
export type ThreadReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'scored'; readonly id: number; readonly scored: Scored }
  | { readonly kind: 'error'; readonly id: number | undefined; readonly error: PlainError }
  | { readonly kind: 'bug'; readonly id: number | undefined; readonly text: string };
