import { cityHash64 } from './city.ts';

/** Counts behind one kind of statistic, by the hash of a combination of categories. */
export interface StatisticsTable {
  /** Hashes (64 bits, as decimal texts) and, for each, so many numbers. */
  readonly hashes: readonly string[];
  readonly numbers: readonly number[];
  /** What the counts are divided by, for counters. */
  readonly denominator: number;
}

/** One number made from categories: (count + prior) / (total + prior), shifted and scaled, in float32. */
export interface Statistic {
  readonly kind: 'borders' | 'buckets' | 'counter' | 'mean';
  readonly table: number;
  /** Parts of the combination, in the order of the hash. */
  readonly categories: readonly number[];
  readonly floats: readonly { readonly column: number; readonly border: number }[];
  readonly oneHots: readonly { readonly category: number; readonly value: number }[];
  readonly targetBorder: number;
  readonly priorNumerator: number;
  readonly priorDenominator: number;
  readonly shift: number;
  readonly scale: number;
}

/** CatBoost's features from categories: hashes for one-hot splits, statistics for the others. Plain data of pre.json. */
export interface TargetStatisticsStep {
  readonly op: 'target-statistics';
  /** Text columns; `categories` are positions in this list. */
  readonly columns: readonly string[];
  /** Number columns that combinations use. */
  readonly numbers: readonly string[];
  /** Graph input `[N, width]` float64: hash of each text column, then the statistics. */
  readonly output: string;
  readonly tables: readonly StatisticsTable[];
  readonly statistics: readonly Statistic[];
}

const MAGIC = 0x4906ba494954cb65n;
const MASK = (1n << 64n) - 1n;
const MOST_KNOWN = 10_000;
const encoder = new TextEncoder();

/** The number of columns that a step gives. */
export function widthOf(step: TargetStatisticsStep): number {
  return step.columns.length + step.statistics.length;
}

/**
 * Compiles a step into a function of one row.
 *
 * @see catboost/libs/cat_feature/cat_feature.cpp, catboost/libs/model/static_ctr_provider.cpp, online_ctr.h
 */
export function targetStatistics(
  step: TargetStatisticsStep,
): (texts: readonly string[], numbers: readonly number[]) => Float64Array {
  const tables = step.tables.map(({ hashes }) => new Map(hashes.map((hash, i) => [BigInt(hash), i])));
  const strides = step.tables.map(({ hashes, numbers }) => (hashes.length ? numbers.length / hashes.length : 0));
  const hashOf = hasher();
  return (texts, numbers) => {
    const row = new Float64Array(widthOf(step));
    const hashes = texts.map(hashOf);
    hashes.forEach((hash, i) => (row[i] = hash));
    step.statistics.forEach((statistic, s) => {
      let hash = 0n;
      for (const category of statistic.categories)
        hash = combine(hash, BigInt.asUintN(64, BigInt(hashes[category] as number)));
      for (const { column, border } of statistic.floats)
        hash = combine(hash, Math.fround(numbers[column] as number) > border ? 1n : 0n);
      for (const { category, value } of statistic.oneHots) hash = combine(hash, hashes[category] === value ? 1n : 0n);
      const at = tables[statistic.table]?.get(hash);
      row[step.columns.length + s] = valueOf(
        statistic,
        step.tables[statistic.table] as StatisticsTable,
        at,
        strides[statistic.table] as number,
      );
    });
    return row;
  };
}

function combine(hash: bigint, part: bigint): bigint {
  return (MAGIC * ((hash + ((MAGIC * part) & MASK)) & MASK)) & MASK;
}

/** Lower half of CityHash64 of the UTF-8 bytes, as a signed 32-bit integer; known texts are remembered. */
function hasher(): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const hash = Number(BigInt.asIntN(32, cityHash64(encoder.encode(text))));
    if (known.size < MOST_KNOWN) known.set(text, hash);
    return hash;
  };
}

function valueOf(statistic: Statistic, table: StatisticsTable, at: number | undefined, stride: number): number {
  const count = (k: number): number => (at === undefined ? 0 : (table.numbers[at * stride + k] as number));
  switch (statistic.kind) {
    case 'counter':
      return estimate(statistic, count(0), table.denominator);
    case 'mean':
      return estimate(statistic, count(0), count(1));
    default: {
      let total = 0;
      for (let k = 0; k < stride; k++) total += count(k);
      let good = 0;
      if (statistic.kind === 'buckets') good = count(statistic.targetBorder);
      else for (let k = statistic.targetBorder + 1; k < stride; k++) good += count(k);
      return estimate(statistic, good, total);
    }
  }
}

function estimate({ priorNumerator, priorDenominator, shift, scale }: Statistic, count: number, total: number): number {
  const f = Math.fround;
  const ratio = f(f(f(count) + f(priorNumerator)) / f(f(total) + f(priorDenominator)));
  return f(f(ratio + f(shift)) * f(scale));
}
