import type { AnswerCell } from '@slipway/core/signature';

/** How the values of an answer are distributed; two of them add up. */
export type Tally =
  /** Of values between 0 and 1: twenty bins of the same width. */
  | { readonly kind: 'shares'; readonly bins: number[]; sum: number; count: number }
  /** Of any numbers: bins whose borders grow by a tenth. */
  | {
      readonly kind: 'numbers';
      readonly bins: Record<string, number>;
      sum: number;
      count: number;
      min: number | null;
      max: number | null;
    }
  /** Of labels: how often each came, the first hundred of them. */
  | { readonly kind: 'labels'; readonly counts: Record<string, number>; count: number };

const MOST_LABELS = 100;
const GROWTH = Math.log(1.1);
const BINS = 20;

export function emptyTally(name: string, cell: Pick<AnswerCell, 'kind'>): Tally {
  if (cell.kind !== 'number')
    return { kind: 'labels', counts: Object.create(null) as Record<string, number>, count: 0 };
  if (/^probabilities(?:\.|$)/.test(name))
    return { kind: 'shares', bins: Array.from({ length: BINS }, () => 0), sum: 0, count: 0 };
  return {
    kind: 'numbers',
    bins: Object.create(null) as Record<string, number>,
    sum: 0,
    count: 0,
    min: null,
    max: null,
  };
}

/** Counts the first rows of a cell in. */
export function countIn(tally: Tally, cell: AnswerCell, rows: number): void {
  if (tally.kind === 'labels') return countLabels(tally, cell, rows);
  if (cell.kind !== 'number') return;
  for (let row = 0; row < rows; row++) {
    const value = cell.read(row);
    if (value - value !== 0) continue;
    tally.sum += value;
    tally.count++;
    if (tally.kind === 'shares') {
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor(value * BINS)));
      tally.bins[bin] = (tally.bins[bin] ?? 0) + 1;
    } else {
      const key = binOf(value);
      tally.bins[key] = (tally.bins[key] ?? 0) + 1;
      if (tally.min === null || value < tally.min) tally.min = value;
      if (tally.max === null || value > tally.max) tally.max = value;
    }
  }
}

function countLabels(tally: Extract<Tally, { kind: 'labels' }>, cell: AnswerCell, rows: number): void {
  tally.count += rows;
  const add = (label: string, count: number) => {
    const isNew = tally.counts[label] === undefined;
    const key = isNew && Object.keys(tally.counts).length >= MOST_LABELS ? '…' : label;
    tally.counts[key] = (tally.counts[key] ?? 0) + count;
  };
  if (cell.kind === 'choice') {
    const counts = cell.values.map(() => 0);
    for (let row = 0; row < rows; row++) {
      const at = cell.read(row);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    counts.forEach((count, i) => {
      if (count > 0) add(String(cell.values[i]), count);
    });
    return;
  }
  const counts = new Map<unknown, number>();
  // Labels repeat: the count of the last one is kept at hand.
  let last: unknown;
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const value = cell.read(row);
    if (value === last) {
      count++;
      continue;
    }
    if (count > 0) counts.set(last, (counts.get(last) ?? 0) + count);
    last = value;
    count = 1;
  }
  if (count > 0) counts.set(last, (counts.get(last) ?? 0) + count);
  for (const [value, times] of counts) add(String(value), times);
}

/** Adds another tally of the same column. */
export function addTally(to: Tally | undefined, other: Tally): Tally {
  if (to === undefined || to.kind !== other.kind) return structuredClone(other);
  to.count += other.count;
  if (to.kind === 'labels' && other.kind === 'labels') {
    for (const [label, count] of Object.entries(other.counts)) to.counts[label] = (to.counts[label] ?? 0) + count;
  } else if (to.kind === 'shares' && other.kind === 'shares') {
    to.sum += other.sum;
    other.bins.forEach((count, bin) => (to.bins[bin] = (to.bins[bin] ?? 0) + count));
  } else if (to.kind === 'numbers' && other.kind === 'numbers') {
    to.sum += other.sum;
    for (const [bin, count] of Object.entries(other.bins)) to.bins[bin] = (to.bins[bin] ?? 0) + count;
    if (other.min !== null) to.min = Math.min(to.min ?? other.min, other.min);
    if (other.max !== null) to.max = Math.max(to.max ?? other.max, other.max);
  }
  return to;
}

function binOf(value: number): string {
  if (value === 0) return '0';
  const size = Math.max(-7000, Math.ceil(Math.log(Math.abs(value)) / GROWTH)) + 10_000;
  return String(value < 0 ? -size : size);
}

/** The middle of a bin of `numbers`. */
export function middleOf(bin: string): number {
  const key = Number(bin);
  if (key === 0) return 0;
  return Math.sign(key) * Math.exp((Math.abs(key) - 10_000 - 0.5) * GROWTH);
}
