import { countOf, fieldsOf, malformed, most } from './fields.ts';
import type { Encoding } from './post-processors.ts';

/** How texts that are too long are cut. */
export interface Truncation {
  /** Tokens of a row, special ones included. */
  readonly length: number;
  readonly side: 'left' | 'right';
  readonly strategy: 'LongestFirst' | 'OnlyFirst' | 'OnlySecond';
}

/** `truncation`, which may be null. Only the first part of a cut text is used, so the stride says nothing. */
export function readTruncation(value: unknown): Truncation | undefined {
  if (value === null || value === undefined) return undefined;
  const fields = fieldsOf(value, 'truncation');
  const strategy = fields['strategy'] ?? 'LongestFirst';
  if (strategy !== 'LongestFirst' && strategy !== 'OnlyFirst' && strategy !== 'OnlySecond') {
    throw malformed('the strategy of truncation is unknown');
  }
  return {
    length: Math.min(countOf(fields['max_length'], 'max_length'), most.row),
    side: sideOf(fields['direction'], 'the direction of truncation'),
    strategy,
  };
}

/** `Left` or `Right`, which is usual. */
export function sideOf(value: unknown, where: string): 'left' | 'right' {
  const side = typeof value === 'string' ? value.toLowerCase() : 'right';
  if (side !== 'left' && side !== 'right') throw malformed(`${where} is neither Left nor Right`);
  return side;
}

/** Cuts one or two encodings to `room` tokens together. */
export function truncate(encodings: readonly Encoding[], room: number, how: Truncation): readonly Encoding[] {
  const lengths = encodings.map(({ ids }) => ids.length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total <= room) return encodings;
  const wanted = room === 0 ? lengths.map(() => 0) : lengthsWithin(lengths, room, total, how.strategy);
  return encodings.map((encoding, i) => cut(encoding, wanted[i] as number, how.side));
}

function lengthsWithin(lengths: readonly number[], room: number, total: number, strategy: Truncation['strategy']) {
  const [first = 0, second] = lengths;
  if (strategy !== 'LongestFirst') {
    const at = strategy === 'OnlyFirst' ? 0 : 1;
    const left = (lengths[at] ?? 0) - (total - room);
    if (left <= 0) throw malformed(`truncation ${strategy} cannot make the row short enough`);
    return lengths.map((length, i) => (i === at ? left : length));
  }
  if (second === undefined) return [room];
  const short = Math.min(first, second);
  let [small, large] = [short, short > room ? short : Math.max(short, room - short)];
  if (small + large > room) {
    small = Math.floor(room / 2);
    large = small + (room % 2);
  }
  return first > second ? [large, small] : [small, large];
}

function cut({ ids, types }: Encoding, length: number, side: 'left' | 'right'): Encoding {
  if (ids.length <= length) return { ids, types };
  return side === 'right'
    ? { ids: ids.slice(0, length), types: types.slice(0, length) }
    : { ids: ids.slice(ids.length - length), types: types.slice(types.length - length) };
}
