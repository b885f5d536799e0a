import { ops, type Value } from '../../../ir/index.ts';
import type { Fitted } from '../fitted.ts';

/** Codes that a set can hold: histogram boosting has at most 256 bins. */
const CODES = 256;

interface Split {
  /** Eight words of 32 bits: the categories that go left. */
  readonly words: Float64Array;
  readonly missingLeft: boolean;
  /** Number of its derived column. */
  readonly place: number;
}

/**
 * Splits on sets of categories, as columns of −1 (goes left) and 0 that trees split at −0.5.
 *
 * Equal sets of one column share a derived column. What training did not know goes the way of missing values.
 */
export class CategorySets {
  readonly #splits: ReadonlyMap<number, Map<string, Split>>;
  readonly #known: ReadonlyMap<number, Float64Array>;
  readonly #first: number;
  #next: number;

  /** `width` columns exist already; `known` lists the categories of those that hold codes. */
  constructor(width: number, known: ReadonlyMap<number, Float64Array>) {
    this.#first = width;
    this.#next = width;
    this.#known = known;
    this.#splits = new Map([...known.keys()].map((column) => [column, new Map<string, Split>()]));
  }

  /** Number of the derived column for a split. */
  columnOf(column: number, words: Float64Array, missingLeft: boolean, predictor: Fitted): number {
    const splits = this.#splits.get(column);
    if (!splits) throw predictor.wrong('nodes', 'category sets for categorical columns only');
    const key = `${missingLeft}:${words.join()}`;
    const split = splits.get(key) ?? { words, missingLeft, place: this.#next++ };
    splits.set(key, split);
    return split.place;
  }

  /** The derived columns in the order of their numbers, looked up by the codes of each column. */
  columns(codesOf: (column: number) => Value): Value[] {
    const used = [...this.#splits].filter(([, splits]) => splits.size);
    if (!used.length) return [];
    const blocks = used.map(([column, splits]) =>
      ops.tableByCode(codesOf(column), this.#table(column, [...splits.values()]), splits.size),
    );
    const places = used.flatMap(([, splits]) => [...splits.values()].map(({ place }) => place));
    const at = new Map(places.map((place, position) => [place, position]));
    const inOrder = Array.from({ length: places.length }, (_, i) => at.get(this.#first + i) as number);
    return [ops.select(ops.concat(blocks), inOrder)];
  }

  /** `[codes + 1, splits]`; the last row stands for missing values. */
  #table(column: number, splits: readonly Split[]): Float64Array {
    const known = new Set(this.#known.get(column));
    const table = new Float64Array((CODES + 1) * splits.length);
    splits.forEach(({ words, missingLeft }, s) => {
      for (let code = 0; code <= CODES; code++) {
        const inSet = code < CODES && (((words[code >> 5] as number) >>> (code & 31)) & 1) === 1;
        const goesLeft = inSet || (!known.has(code) && missingLeft);
        table[code * splits.length + s] = goesLeft ? -1 : 0;
      }
    });
    return table;
  }
}
