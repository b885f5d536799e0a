import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptRun } from '../telemetry/index.ts';
import type { LogEntry } from './entry.ts';
import type { FeedbackStore, LoggedPrediction } from './feedback-store.ts';
import { keptRows } from './kept-rows.ts';
import { redactor, type Redaction } from './redact.ts';
import { Segments, type SegmentOptions } from './segments.ts';

export interface RequestLogOptions extends SegmentOptions {
  /** Share of the requests that are kept, from 0 to 1. */
  readonly rate: number;
  readonly redactions: ReadonlyMap<string, Redaction>;
  /** Where predictions go that feedback is joined with. */
  readonly feedback?: FeedbackStore | undefined;
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
}

/** A request that was answered. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly wire: string;
  readonly caller: string | undefined;
  readonly traceId: string | undefined;
  readonly ms: number;
  readonly runs: readonly KeptRun[];
}

const FLUSH_MS = 250;
/** Rows that wait to be written; further ones are dropped, for the log must never slow what is answered. */
const MOST_WAITING = 50_000;
/** Rows that are made into text before other requests get their turn. */
const TURN_ROWS = 256;

/** Keeps rows and answers of a share of the requests, in the background. */
export class RequestLog {
  readonly #options: RequestLogOptions;
  readonly #segments: Segments;
  readonly #hide: ReturnType<typeof redactor>;
  readonly #timer: NodeJS.Timeout;
  #waiting: { readonly request: AnsweredRequest; readonly at: number }[] = [];
  #waitingRows = 0;
  #flushing: Promise<void> | undefined;
  readonly counts = { rows: 0, dropped: 0, failed: 0 };

  private constructor(options: RequestLogOptions, salt: Uint8Array) {
    this.#options = options;
    this.#segments = new Segments(options);
    this.#hide = redactor(options.redactions, salt);
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  static async open(options: RequestLogOptions): Promise<RequestLog> {
    const log = new RequestLog(options, await saltOf(options.folder));
    await log.#segments.recover();
    return log;
  }

  get segmentCounts(): Segments['counts'] {
    return this.#segments.counts;
  }

  chooses(): boolean {
    const { rate, random = Math.random } = this.#options;
    return rate >= 1 || random() < rate;
  }

  add(request: AnsweredRequest): void {
    const rows = request.runs.reduce((sum, { count }) => sum + count, 0);
    if (this.#waitingRows + rows > MOST_WAITING) {
      this.counts.dropped += rows;
      return;
    }
    this.#waitingRows += rows;
    this.#waiting.push({ request, at: (this.#options.now ?? Date.now)() });
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    return (this.#flushing ??= this.#write()
      .catch((error: unknown) => this.#options.log.error('requests not kept', { error }))
      .finally(() => (this.#flushing = undefined)));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    await this.flush();
    await this.#segments.rotate();
    await this.#segments.settled();
  }

  async #write(): Promise<void> {
    const now = (this.#options.now ?? Date.now)();
    const taken = this.#waiting;
    this.#waiting = [];
    this.#waitingRows = 0;
    let lines = '';
    let rows = 0;
    let predictions: LoggedPrediction[] = [];
    const put = async (): Promise<void> => {
      const text = lines;
      const count = rows;
      const made = predictions;
      lines = '';
      rows = 0;
      predictions = [];
      try {
        if (text !== '') await this.#segments.append(text, now);
        this.counts.rows += count;
      } catch (error) {
        this.counts.failed += count;
        this.#options.log.error('requests not kept', { rows: count, error });
      }
      if (made.length > 0) await this.#options.feedback?.note(made);
    };
    for (const { request, at } of taken) {
      for (const { entry, prediction } of this.#entries(request, at)) {
        lines += `${JSON.stringify(entry)}\n`;
        if (prediction !== undefined) predictions.push(prediction);
        if (++rows >= TURN_ROWS) await put();
      }
    }
    await put();
    await this.#segments.rotateIfOld(now);
  }

  *#entries(
    { requestId, wire, caller, traceId, ms, runs }: AnsweredRequest,
    at: number,
  ): Generator<{ entry: LogEntry; prediction: LoggedPrediction | undefined }> {
    let index = 0;
    for (const run of runs) {
      const { name, version, digest, signature } = run.model;
      for (const { row, answer, prediction } of keptRows(run, this.#hide)) {
        const entry: LogEntry = {
          request_id: requestId,
          row_index: index++,
          time: at,
          model: name,
          version: version ?? null,
          digest,
          wire,
          key: caller ?? null,
          trace_id: traceId ?? null,
          row: JSON.stringify(row ?? null),
          answer,
          ms: Math.round(ms * 1000) / 1000,
        };
        const { request_id, row_index } = entry;
        yield {
          entry,
          prediction:
            prediction === undefined
              ? undefined
              : { request_id, row_index, model: name, version, digest, task: signature.task, prediction, at },
        };
      }
    }
  }
}

/** The secret of the folder's hashes, made once. */
async function saltOf(folder: string): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'salt');
  try {
    await writeFile(path, randomBytes(32), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return await readFile(path);
}
