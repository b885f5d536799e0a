/** Upper ends of the latency buckets, in seconds. */
const BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;

/** Requests with the same route, method, model and status. */
interface Series {
  readonly labels: string;
  readonly buckets: Float64Array;
  seconds: number;
  count: number;
}

/** A value that is read when somebody asks. */
interface Gauge {
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly read: () => number | readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

/** Counts requests and answers in Prometheus' text format (0.0.4). Counting is a few additions: it is on the hot path. */
export class Metrics {
  readonly #series = new Map<string, Map<string, Map<number, Series>>>();
  readonly #gauges = new Map<string, Gauge>();
  inFlight = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Requests whose client went away before the answer. */
  clientsGone = 0;

  /** One finished request. `route` is the route's pattern, never a raw path: label values must stay few. */
  observe(route: string, model: string, status: number, seconds: number): void {
    const series = this.#seriesOf(route, model, status);
    series.count++;
    series.seconds += seconds;
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] as number)) bucket++;
    series.buckets[bucket] = (series.buckets[bucket] as number) + 1;
  }

  /** Adds a value that is read at each scrape. */
  gauge(name: string, help: string, read: Gauge['read'], type: Gauge['type'] = 'gauge'): void {
    this.#gauges.set(name, { help, type, read });
  }

  /** The exposition, ending with a line break. */
  render(): string {
    const lines: string[] = [];
    const all = [...this.#series.values()].flatMap((models) =>
      [...models.values()].flatMap((statuses) => [...statuses.values()]),
    );
    lines.push(
      '# HELP slipway_http_requests_total Requests that were answered.',
      '# TYPE slipway_http_requests_total counter',
    );
    for (const { labels, count } of all) lines.push(`slipway_http_requests_total{${labels}} ${count}`);
    lines.push(
      '# HELP slipway_http_request_seconds Time from the request line to the last byte of the answer.',
      '# TYPE slipway_http_request_seconds histogram',
    );
    for (const series of all) lines.push(...histogram(series));
    counter(lines, 'slipway_http_received_bytes_total', 'Bytes of request bodies, as they were sent.', this.bytesIn);
    counter(lines, 'slipway_http_sent_bytes_total', 'Bytes of answer bodies.', this.bytesOut);
    counter(
      lines,
      'slipway_http_clients_gone_total',
      'Requests whose client went away before the answer.',
      this.clientsGone,
    );
    lines.push(
      '# HELP slipway_http_in_flight Requests that are being answered.',
      '# TYPE slipway_http_in_flight gauge',
      `slipway_http_in_flight ${this.inFlight}`,
    );
    for (const [name, { help, type, read }] of this.#gauges) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      const value = read();
      if (typeof value === 'number') lines.push(`${name} ${value}`);
      else for (const [labels, one] of value) lines.push(`${name}{${labelText(labels)}} ${one}`);
    }
    return `${lines.join('\n')}\n`;
  }

  #seriesOf(route: string, model: string, status: number): Series {
    let models = this.#series.get(route);
    if (!models) this.#series.set(route, (models = new Map<string, Map<number, Series>>()));
    let statuses = models.get(model);
    if (!statuses) models.set(model, (statuses = new Map<number, Series>()));
    let series = statuses.get(status);
    if (!series) {
      const labels = labelText({ route, ...(model ? { model } : {}), code: String(status) });
      statuses.set(status, (series = { labels, buckets: new Float64Array(BUCKETS.length + 1), seconds: 0, count: 0 }));
    }
    return series;
  }
}

function* histogram({ labels, buckets, seconds, count }: Series): Generator<string> {
  let sum = 0;
  for (let i = 0; i < BUCKETS.length; i++) {
    sum += buckets[i] as number;
    yield `slipway_http_request_seconds_bucket{${labels},le="${BUCKETS[i]}"} ${sum}`;
  }
  yield `slipway_http_request_seconds_bucket{${labels},le="+Inf"} ${count}`;
  yield `slipway_http_request_seconds_sum{${labels}} ${seconds}`;
  yield `slipway_http_request_seconds_count{${labels}} ${count}`;
}

function counter(lines: string[], name: string, help: string, value: number): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`, `${name} ${value}`);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',');
}
