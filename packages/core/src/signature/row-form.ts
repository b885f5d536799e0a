import type { Problems } from './problems.ts';

/** Where one row is written: slot s goes to `base + s·stride` of its array. */
export interface Place {
  readonly numbers: Float64Array;
  readonly strings: string[];
  base: number;
  stride: number;
}

/** How rows of one form are recognised, read quickly, and explained when something is unusual. */
export interface RowForm {
  /** `an object keyed by column`, for messages. */
  readonly describes: string;
  /** True when a JSON document is one row, false when it can only be a batch. */
  readonly isRow: (document: unknown) => boolean;
  /** Writes a row without allocating. False: something is wrong or worth a warning, and `examine` knows what. */
  read(row: unknown, place: Place, ignoreExtra: boolean): boolean;
  /** Writes a row, telling everything that is wrong with it or worth a warning. `path` is '' for a single row. */
  examine(row: unknown, place: Place, path: string, ignoreExtra: boolean, problems: Problems, warnings: string[]): void;
}
