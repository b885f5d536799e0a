/** Upper ends of latency buckets grow by this factor: a percentile is right within 10 %. */
const GROWTH = 1.1;
const LEAST_MS = 0.01;
const BUCKETS = 200;

interface Slice {
  readonly second: number;
  requests: number;
  failures: number;
  readonly latencies: Uint32Array;
}

/** What happened lately: requests, failures and latencies of the last seconds. */
export class TargetHealth {
  readonly windowSeconds: number;
  #slices: Slice[] = [];

  constructor(windowSeconds: number) {
    this.windowSeconds = windowSeconds;
  }

  /** One request that ended at `nowMs` after `ms` milliseconds. */
  observe(nowMs: number, ms: number, hasFailed: boolean): void {
    const slice = this.#sliceOf(Math.floor(nowMs / 1000));
    slice.requests++;
    if (hasFailed) slice.failures++;
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) / Math.log(GROWTH));
    const at = Math.min(BUCKETS - 1, bucket);
    slice.latencies[at] = (slice.latencies[at] as number) + 1;
  }

  /** Of the window that ends now. `p99Ms` is an upper end, at most 10 % too high; 0 without requests. */
  summary(nowMs: number): { readonly requests: number; readonly errorRate: number; readonly p99Ms: number } {
    const first = Math.floor(nowMs / 1000) - this.windowSeconds;
    const slices = this.#slices.filter(({ second }) => second > first);
    const sum = (of: (slice: Slice) => number) => slices.reduce((total, slice) => total + of(slice), 0);
    const requests = sum(({ requests: count }) => count);
    if (requests === 0) return { requests, errorRate: 0, p99Ms: 0 };
    let left = requests * 0.01;
    let bucket = BUCKETS - 1;
    for (; bucket > 0; bucket--) {
      left -= sum(({ latencies }) => latencies[bucket] as number);
      if (left < 0) break;
    }
    return {
      requests,
      errorRate: sum(({ failures }) => failures) / requests,
      p99Ms: LEAST_MS * GROWTH ** bucket,
    };
  }

  #sliceOf(second: number): Slice {
    const last = this.#slices.at(-1);
    if (last && last.second >= second) return last;
    const slice: Slice = { second, requests: 0, failures: 0, latencies: new Uint32Array(BUCKETS) };
    this.#slices = [...this.#slices.filter((old) => old.second > second - this.windowSeconds), slice];
    return slice;
  }
}
