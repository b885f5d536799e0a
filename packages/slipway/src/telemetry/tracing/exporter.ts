import type { Log } from '../log.ts';
import { otlpTraces, type Attributes, type Span } from './otlp.ts';

export interface ExporterOptions {
  /** The whole address: `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Attributes;
  readonly version: string;
  readonly log: Log;
  /** Between two batches. */
  readonly everyMs?: number | undefined;
}

/** Spans that wait; further ones are dropped, for tracing must never slow what is answered. */
const MOST_WAITING = 8192;
const BATCH = 512;
const EVERY_MS = 5000;
const SEND_MS = 10_000;
const TRIES = 3;
const FIRST_PAUSE_MS = 500;
/** The statuses of OTLP/HTTP that mean: again, later. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Sends spans by OTLP/HTTP in batches, in the background. */
export class SpanExporter {
  readonly #options: ExporterOptions;
  readonly #waiting: Span[] = [];
  readonly #timer: NodeJS.Timeout;
  #sending: Promise<void> | undefined;
  #isClosed = false;
  #hasWarned = false;
  readonly counts = { exported: 0, dropped: 0, failed: 0 };

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.everyMs ?? EVERY_MS);
    this.#timer.unref();
  }

  add(span: Span): void {
    if (this.#waiting.length >= MOST_WAITING) this.counts.dropped++;
    else if (this.#waiting.push(span) >= BATCH) void this.flush();
  }

  /** Sends what waits; one batch after the other. */
  flush(): Promise<void> {
    return (this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined)));
  }

  /** Sends what waits, for as long as one attempt takes. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#isClosed = true;
    await this.flush();
    await this.flush();
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      const { resource, version } = this.#options;
      const problem = await this.#send(otlpTraces(batch, resource, version));
      if (problem === undefined) {
        this.counts.exported += batch.length;
        this.#hasWarned = false;
        continue;
      }
      this.counts.failed += batch.length;
      // Once, until it works again: a collector that is away must not fill the log.
      if (!this.#hasWarned) this.#options.log.warn('traces not exported', { url: this.#options.url, problem });
      this.#hasWarned = true;
      if (!this.#isClosed) continue;
      // The server is stopping: one attempt tells enough.
      this.counts.failed += this.#waiting.length;
      this.#waiting.length = 0;
    }
  }

  /** Why it did not work; undefined when it did. */
  async #send(body: string): Promise<string | undefined> {
    const { url, headers } = this.#options;
    let problem = '';
    for (let attempt = 0; attempt < (this.#isClosed ? 1 : TRIES); attempt++) {
      if (attempt > 0) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      try {
        const reply = await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(this.#isClosed ? SEND_MS / 5 : SEND_MS),
        });
        await reply.body?.cancel();
        if (reply.ok) return undefined;
        problem = `the collector answered ${reply.status}`;
        if (!RETRYABLE.has(reply.status)) break;
      } catch (error) {
        problem = reasonOf(error);
      }
    }
    return problem;
  }
}

/** `fetch` tells in the cause what went wrong. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}

function pause(ms: number): Promise<void> {
  // It keeps the process alive: whoever stops the server waits for this.
  return new Promise((resolve) => setTimeout(resolve, ms));
}
