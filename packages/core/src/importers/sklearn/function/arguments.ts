import { asNumber, numbersOf, unwrap, type Plain, textOf } from '../fitted.ts';

/** Arguments of a call besides the columns themselves: those before them (functools.partial), and by keyword. */
export class Call {
  readonly before: readonly Plain[];
  readonly keywords: readonly (readonly [Plain, Plain])[];
  readonly #used = new Set<Plain>();
  #usedBefore = false;

  constructor(before: readonly Plain[], keywords: readonly (readonly [Plain, Plain])[]) {
    this.before = before;
    this.keywords = keywords;
  }

  /** A keyword by any of its names; of several values the last, as Python merges them. */
  keyword(...names: readonly string[]): Plain | undefined {
    for (const name of names) this.#used.add(name);
    return this.keywords.findLast(([key]) => typeof key === 'string' && names.includes(key))?.[1];
  }

  number(...names: readonly string[]): number | undefined {
    return asNumber(this.keyword(...names));
  }

  /** The only argument before the columns: a number, or a number for each of `width` columns. */
  first(width: number): Float64Array | undefined {
    const numbers = this.before.length === 1 ? numbersOf(this.before[0])?.data : undefined;
    this.#usedBefore = numbers !== undefined && (numbers.length === 1 || numbers.length === width);
    return this.#usedBefore ? numbers : undefined;
  }

  /** Names of arguments that no formula looked at and that would change the result. */
  left(): string[] {
    const names = this.keywords
      .filter(([key, value]) => !this.#used.has(key) && !isHarmless(key, value))
      .map(([key]) => textOf(key));
    return this.before.length && !this.#usedBefore ? ['arguments before the columns', ...names] : names;
  }
}

/** Keywords that only say where and how the result is stored, at their usual value. */
function isHarmless(key: Plain, value: Plain): boolean {
  if (key === 'copy' || key === 'order' || key === 'casting' || key === 'subok') return true;
  return (key === 'out' || key === 'dtype' || key === 'where') && (unwrap(value) === null || unwrap(value) === true);
}
