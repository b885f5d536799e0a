/** What the quantifiers of a part can do. */
export interface Part {
  readonly source: string;
  /** Repetitions without end that something which can fail comes after: each adds a power to the time. */
  readonly retries: number;
  /** It ends with repetitions without end, which are retried as soon as something comes after. */
  readonly tail: number;
  /** It can match nothing or always matches, so it never sends the part before it back. */
  readonly optional: boolean;
  /** It may be repeated without end: one character, or characters in a row. */
  readonly plain: boolean;
  /** Product of the bounds of nested `{n,m}`. */
  readonly size: number;
}

/** One character, or one of a class. */
export function character(source: string): Part {
  return { source, retries: 0, tail: 0, optional: false, plain: true, size: 1 };
}

/** Something that takes no character. */
export function assertion(source: string): Part {
  return { source: `(?:${source})`, retries: 0, tail: 0, optional: false, plain: false, size: 1 };
}

/** One part or the other. */
export function alternatives(branches: readonly Part[]): Part {
  const [only] = branches;
  if (only && branches.length === 1) return only;
  return {
    source: branches.map(({ source }) => source).join('|'),
    retries: Math.max(...branches.map(({ retries }) => retries)),
    tail: Math.max(...branches.map(({ tail }) => tail)),
    optional: branches.some(({ optional }) => optional),
    plain: false,
    size: Math.max(...branches.map(({ size }) => size)),
  };
}

/** One part after the other: what can fail sends endless repetitions before it back. */
export function inRow(all: Part, next: Part): Part {
  return {
    source: all.source + next.source,
    retries: next.optional ? Math.max(all.retries, next.retries) : all.retries + all.tail + next.retries,
    tail: next.optional ? all.tail + next.tail : next.tail,
    optional: all.optional && next.optional,
    plain: all.plain && next.plain,
    size: Math.max(all.size, next.size),
  };
}

/** A part that takes no character. */
export const nothing: Part = { source: '', retries: 0, tail: 0, optional: true, plain: true, size: 1 };

/** A part so many times, greedy. */
export function repeated(part: Part, least: number, greatest: number): Part {
  const isEndless = greatest === Infinity;
  return {
    source: `(?:${part.source}){${least},${isEndless ? '' : greatest}}`,
    retries: part.retries,
    tail: isEndless ? 1 : part.tail,
    optional: least === 0 || part.optional,
    // A fixed number of characters is as good as characters in a row.
    plain: part.plain && least === greatest && least > 0,
    size: part.size * (isEndless ? Math.max(1, least) : greatest),
  };
}
