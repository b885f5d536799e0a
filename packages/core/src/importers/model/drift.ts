import type { Seen } from '../../ir/index.ts';
import type { Column, ColumnType, Scalar } from '../../signature/index.ts';
import type { DriftColumn } from '../importer.ts';

/** A value that is usual in a column, for forms and examples: three digits are enough. */
export function typicalOf(type: ColumnType, known: readonly Scalar[] | undefined, seen: Seen): Scalar | undefined {
  const { fill, mean, thresholds } = seen;
  if (type === 'string') return typeof fill === 'string' && (!known || known.includes(fill)) ? fill : known?.[0];
  if (known) return known.find((value) => value === fill) ?? known[0];
  const number = typeof fill === 'number' ? fill : (mean ?? thresholds?.[thresholds.length >> 1]);
  return number === undefined || !Number.isFinite(number) ? undefined : Number(number.toPrecision(3));
}

/** The baseline of each column that the fitted state gives away: known categories, mean and deviation, or tree thresholds. */
export function driftOf(columns: readonly Column[], seenAt: (at: number) => Seen | undefined): DriftColumn[] {
  return columns.flatMap((column, at): DriftColumn[] => {
    const { name, categories } = column;
    if (categories) return [{ column: name, kind: 'category', categories, source: 'encoder', confidence: 'exact' }];
    const seen = seenAt(at);
    if (seen?.mean !== undefined) {
      const std = seen.standardDeviation;
      return [{ column: name, kind: 'number', mean: seen.mean, std, source: 'scaler', confidence: 'exact' }];
    }
    if (typeof seen?.fill === 'number')
      return [{ column: name, kind: 'number', mean: seen.fill, source: 'imputer', confidence: 'approximate' }];
    return seen?.thresholds?.length ? [fromThresholds(name, seen.thresholds)] : [];
  });
}

/** Trees split where data is: the thresholds, ascending, are a coarse quantile grid. */
function fromThresholds(name: string, thresholds: Float64Array): DriftColumn {
  const grid = [0.1, 0.25, 0.5, 0.75, 0.9].map(
    (share) => [share, thresholds[Math.floor(share * (thresholds.length - 1))] as number] as const,
  );
  return { column: name, kind: 'number', quantiles: grid, source: 'tree thresholds', confidence: 'approximate' };
}
