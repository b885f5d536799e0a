import type { Sample } from './exposition.ts';

/** Upper ends of latency buckets, in seconds. */
export const LATENCY_ENDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
/** Of single stages, which may take microseconds. */
export const STAGE_ENDS: readonly number[] = [
  0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1, 10,
];
/** Of rows in a run. */
export const ROWS_ENDS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

/** Counts values by their size. */
export class Histogram {
  readonly labels: string;
  readonly #ends: readonly number[];
  readonly #counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(labels: string, ends: readonly number[]) {
    this.labels = labels;
    this.#ends = ends;
    this.#counts = new Float64Array(ends.length + 1);
  }

  observe(value: number): void {
    const ends = this.#ends;
    this.count++;
    this.sum += value;
    let bucket = 0;
    while (bucket < ends.length && value > (ends[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  samples(): Sample[] {
    const { labels, sum, count } = this;
    let below = 0;
    const comma = labels === '' ? '' : ',';
    const buckets = this.#ends.map((end, i): Sample => {
      below += this.#counts[i] as number;
      return ['_bucket', `${labels}${comma}le="${end}"`, below];
    });
    return [
      ...buckets,
      ['_bucket', `${labels}${comma}le="+Inf"`, count],
      ['_sum', labels, sum],
      ['_count', labels, count],
    ];
  }
}
