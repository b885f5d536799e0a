import { exposition, labelText, type Family, type Merge, type Sample } from './exposition.ts';
import { Histogram, LATENCY_ENDS, ROWS_ENDS, STAGE_ENDS } from './histogram.ts';
import type { RunNotes } from './run-notes.ts';

/** Labels that make a series each; further ones are counted under the model `other`. */
const MOST_SERIES = 5000;

type Labels = Readonly<Record<string, string>>;

/** A value that is read when somebody asks. */
interface Gauge {
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly merge: Merge;
  readonly read: () => number | readonly (readonly [labels: Labels, value: number])[];
}

/** Where the time of a request went. */
interface Stages {
  readonly decode: Histogram;
  readonly queue: Histogram;
  readonly infer: Histogram;
  readonly encode: Histogram;
  readonly rows: Histogram;
}

interface ErrorCount {
  readonly labels: string;
  count: number;
}

/** Counts requests and answers for Prometheus. Counting is a few additions: it is on the hot path. */
export class Metrics {
  readonly #series = new Map<string, Map<string, Map<number, Histogram>>>();
  readonly #stages = new Map<string, Map<string, Stages>>();
  readonly #errors = new Map<string, Map<string, ErrorCount>>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #more: (() => readonly Family[])[] = [];
  #size = 0;
  inFlight = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Requests whose client went away before the answer. */
  clientsGone = 0;

  /**
   * One finished request. `route` is the route's pattern, never a raw path: label values must stay few. `wire` is the id of its
   * protocol, `model` a label such as `churn:3` or ''.
   */
  observe(route: string, wire: string, model: string, status: number, seconds: number): void {
    this.#seriesOf(route, wire, model, status).observe(seconds);
  }

  /** Where the time of an answered request went: `handledAt` its body was there, `sentAt` its answer was written. */
  observeStages(wire: string, notes: RunNotes, handledAt: number, sentAt: number): void {
    const { model, queueMs, inferMs, askedAt, endedAt, moreRows } = notes;
    if (model === undefined) return;
    const stages = this.#stagesOf(model.label, wire);
    stages.decode.observe((askedAt - handledAt) / 1000);
    stages.queue.observe(queueMs / 1000);
    stages.infer.observe(inferMs / 1000);
    stages.encode.observe((sentAt - endedAt) / 1000);
    stages.rows.observe(notes.firstRows);
    if (moreRows) for (const rows of moreRows) stages.rows.observe(rows);
  }

  /** A request that ended with an error of the catalogue. */
  countError(code: string, wire: string): void {
    let wires = this.#errors.get(code);
    if (!wires) this.#errors.set(code, (wires = new Map<string, ErrorCount>()));
    const known = wires.get(wire);
    if (known) known.count++;
    else wires.set(wire, { labels: labelText({ code, ...(wire ? { wire } : {}) }), count: 1 });
  }

  /** Adds a value that is read at each scrape. */
  gauge(
    name: string,
    help: string,
    read: Gauge['read'],
    { type = 'gauge', merge = 'sum' }: { type?: Gauge['type']; merge?: Merge } = {},
  ): void {
    this.#gauges.set(name, { help, type, merge, read });
  }

  /** Adds whole families that are read at each scrape. */
  add(read: () => readonly Family[]): void {
    this.#more.push(read);
  }

  /** The exposition of this process alone. */
  render(): string {
    return exposition(this.families());
  }

  /** Everything at this moment. */
  families(): Family[] {
    const all = [...this.#series.values()].flatMap((models) =>
      [...models.values()].flatMap((statuses) => [...statuses.values()]),
    );
    return [
      family(
        'slipway_http_requests_total',
        'Requests that were answered, gRPC calls too.',
        'counter',
        'sum',
        all.map(({ labels, count }): Sample => ['', labels, count]),
      ),
      family(
        'slipway_http_request_seconds',
        'Time from the request line to the last byte of the answer.',
        'histogram',
        'sum',
        all.flatMap((series) => series.samples()),
      ),
      ...this.#stageFamilies(),
      ...this.#errorFamilies(),
      total('slipway_http_received_bytes_total', 'Bytes of request bodies, as they were sent.', this.bytesIn),
      total('slipway_http_sent_bytes_total', 'Bytes of answer bodies.', this.bytesOut),
      total('slipway_http_clients_gone_total', 'Requests whose client went away before the answer.', this.clientsGone),
      family('slipway_http_in_flight', 'Requests that are being answered.', 'gauge', 'sum', [['', '', this.inFlight]]),
      ...[...this.#gauges].map(([name, { help, type, merge, read }]): Family => {
        const value = read();
        const samples: Sample[] =
          typeof value === 'number' ? [['', '', value]] : value.map(([labels, one]) => ['', labelText(labels), one]);
        return { name, help, type, merge, samples };
      }),
      ...this.#more.flatMap((read) => read()),
    ];
  }

  #stageFamilies(): Family[] {
    const all = [...this.#stages.values()].flatMap((wires) => [...wires.values()]);
    const seconds = all.flatMap(({ decode, queue, infer, encode }) => [decode, queue, infer, encode]);
    return [
      family(
        'slipway_stage_seconds',
        'Time of answered requests by stage: decode, queue (waiting for a place), infer, encode.',
        'histogram',
        'sum',
        seconds.flatMap((stage) => stage.samples()),
      ),
      family(
        'slipway_run_rows',
        'Rows in each run of a model.',
        'histogram',
        'sum',
        all.flatMap(({ rows }) => rows.samples()),
      ),
    ];
  }

  #errorFamilies(): Family[] {
    const rejections = Object.entries(REJECTIONS).map(([code, reason]): Sample => {
      const counts = [...(this.#errors.get(code)?.values() ?? [])];
      return ['', labelText({ reason }), counts.reduce((sum, { count }) => sum + count, 0)];
    });
    return [
      family(
        'slipway_errors_total',
        'Requests that ended with an error, by its code.',
        'counter',
        'sum',
        [...this.#errors.values()].flatMap((wires) =>
          [...wires.values()].map(({ labels, count }): Sample => ['', labels, count]),
        ),
      ),
      family('slipway_key_rejections_total', 'Requests that were refused for their key.', 'counter', 'sum', rejections),
    ];
  }

  #seriesOf(route: string, wire: string, model: string, status: number): Histogram {
    let models = this.#series.get(route);
    if (!models) this.#series.set(route, (models = new Map<string, Map<number, Histogram>>()));
    let statuses = models.get(model);
    if (!statuses) {
      if (this.#size > MOST_SERIES && model !== OTHER) return this.#seriesOf(route, wire, OTHER, status);
      models.set(model, (statuses = new Map<number, Histogram>()));
    }
    let series = statuses.get(status);
    if (!series) {
      this.#size++;
      const labels = labelText({ route, ...(wire ? { wire } : {}), ...modelLabels(model), code: String(status) });
      statuses.set(status, (series = new Histogram(labels, LATENCY_ENDS)));
    }
    return series;
  }

  #stagesOf(model: string, wire: string): Stages {
    let wires = this.#stages.get(model);
    if (!wires) {
      if (this.#size > MOST_SERIES && model !== OTHER) return this.#stagesOf(OTHER, wire);
      this.#stages.set(model, (wires = new Map<string, Stages>()));
    }
    let stages = wires.get(wire);
    if (!stages) {
      this.#size++;
      const labels = { ...modelLabels(model), wire };
      const of = (stage: string) => new Histogram(labelText({ ...labels, stage }), STAGE_ENDS);
      stages = {
        decode: of('decode'),
        queue: of('queue'),
        infer: of('infer'),
        encode: of('encode'),
        rows: new Histogram(labelText(labels), ROWS_ENDS),
      };
      wires.set(wire, stages);
    }
    return stages;
  }
}

const OTHER = 'other';
/** Errors that are about keys. */
const REJECTIONS = {
  UNAUTHENTICATED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  RATE_LIMITED: 'rate_limited',
} as const;

/** `model` and `version` of `churn:3`; a file that is served without a registry has no version. */
export function modelLabels(label: string): Labels {
  if (label === '') return {};
  const [, model = label, version] = /^(.*):(\d+)$/.exec(label) ?? [];
  return version === undefined ? { model } : { model, version };
}

function family(name: string, help: string, type: Family['type'], merge: Merge, samples: readonly Sample[]): Family {
  return { name, help, type, merge, samples };
}

function total(name: string, help: string, value: number): Family {
  return family(name, help, 'counter', 'sum', [['', '', value]]);
}
