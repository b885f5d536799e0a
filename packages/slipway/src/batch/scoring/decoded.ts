import type { SlipwayError } from '@slipway/core/errors';
import type { Tensor } from '@slipway/core/tensor';

/** Rows of a piece that are ready to be answered. */
export interface DecodedRows {
  readonly count: number;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly warnings: ReadonlyMap<number, readonly string[]>;
  /** By kept column. */
  readonly kept: readonly ArrayLike<unknown>[];
}

/** What decoding tells besides rows. */
export interface Told {
  /** A row that is not valid. */
  reject(place: { readonly line: number } | { readonly row: number }, error: SlipwayError): void;
  /** Rows that `--where` leaves out. */
  filter(rows: number): void;
}
