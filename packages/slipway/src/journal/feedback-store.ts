import type { AnswerValue } from '@slipway/core/signature';
import type { Cell, Row, RowStore, Statement } from '../stores/index.ts';
import { judge, type Judgement } from './judge.ts';

/** A prediction that an outcome may be joined with. */
export interface LoggedPrediction {
  readonly request_id: string;
  readonly row_index: number;
  readonly model: string;
  readonly version: number | undefined;
  readonly digest: string;
  readonly task: string;
  readonly prediction: AnswerValue;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What came true. */
export interface Outcome {
  readonly request_id: string;
  readonly row_index: number;
  readonly actual: AnswerValue;
  /** Where it is known already: feedback with a row. */
  readonly prediction?: LoggedPrediction | undefined;
}

/** How a version does, by the outcomes that were joined with its predictions. */
export interface VersionScore {
  readonly model: string;
  readonly version: number | null;
  readonly count: number;
  /** Of tasks that choose. */
  readonly correct: number | null;
  readonly accuracy: number | null;
  /** Of tasks that measure. */
  readonly absolute_error_sum: number | null;
  readonly mean_absolute_error: number | null;
  readonly root_mean_squared_error: number | null;
}

export interface Summary {
  readonly versions: readonly VersionScore[];
  /** Outcomes whose request is not known yet. */
  readonly pending: number;
}

const DAY_MS = 24 * 3_600_000;
/** How long an outcome waits for its request. */
const PENDING_DAYS = 7;
/** How long a prediction waits for its outcome. */
const PREDICTION_DAYS = 90;
/** Of one look at what waits. */
const JOIN_ROWS = 500;
/** Parameters of one statement are limited. */
const LOOK_UP_ROWS = 200;
const WORK_MS = 2000;
const CLEAN_MS = 3_600_000;

/** Predictions that were logged and what came true, in the database of the home folder. */
export class FeedbackStore {
  readonly #rows: RowStore;
  readonly #now: () => Date;
  #summary: Summary = { versions: [], pending: 0 };
  #seen: number | undefined;
  #cleanedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;

  constructor(rows: RowStore, now: () => Date = () => new Date()) {
    this.#rows = rows;
    this.#now = now;
  }

  /** Joins what waits and counts anew from time to time. Returns how to stop. */
  watch(everyMs = WORK_MS): () => void {
    this.#timer ??= setInterval(() => void this.work(), everyMs);
    this.#timer.unref();
    void this.work();
    return () => {
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** The last count, for metrics. */
  get summary(): Summary {
    return this.#summary;
  }

  /** Notes predictions; the first of a request id stands. */
  async note(predictions: readonly LoggedPrediction[]): Promise<void> {
    await this.#rows.write(
      predictions.map(({ request_id, row_index, model, version, digest, task, prediction, at }): Statement => ({
        sql: `INSERT INTO predictions (request_id, row_index, model, version, digest, task, prediction, at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        values: [
          request_id,
          row_index,
          model,
          version ?? null,
          digest,
          task,
          JSON.stringify(prediction),
          new Date(at).toISOString(),
        ],
      })),
    );
  }

  /** The logged predictions of these requests, by {@link keyOf}. */
  async predictionsOf(
    wanted: readonly Pick<Outcome, 'request_id' | 'row_index'>[],
  ): Promise<Map<string, LoggedPrediction>> {
    const found = new Map<string, LoggedPrediction>();
    for (let i = 0; i < wanted.length; i += LOOK_UP_ROWS) {
      const part = wanted.slice(i, i + LOOK_UP_ROWS);
      const rows = await this.#rows.read(
        `SELECT * FROM predictions WHERE ${part.map(() => '(request_id = ? AND row_index = ?)').join(' OR ')}`,
        part.flatMap(({ request_id, row_index }) => [request_id, row_index]),
      );
      for (const row of rows) {
        const prediction = predictionOf(row);
        found.set(keyOf(prediction), prediction);
      }
    }
    return found;
  }

  /** Stores outcomes; a later one for the same row replaces the earlier. Those without a prediction wait for it. */
  async give(outcomes: readonly Outcome[], actor: string): Promise<void> {
    const at = this.#now().toISOString();
    await this.#rows.write(outcomes.map((outcome) => putOutcome(outcome, actor, at)));
    await this.count();
  }

  /** Joins, cleans and counts as far as something changed. */
  work(): Promise<void> {
    return (this.#working ??= this.#work()
      // The database may be away for a moment; the next time finds the same.
      .catch(() => undefined)
      .finally(() => (this.#working = undefined)));
  }

  /** Joins waiting outcomes whose prediction has come meanwhile; the number of them. */
  async join(): Promise<number> {
    const waiting = await this.#rows.read(
      `SELECT p.*, f.actual AS actual, f.actor AS actor, f.at AS given_at FROM feedback f
        JOIN predictions p ON p.request_id = f.request_id AND p.row_index = f.row_index
        WHERE f.state = 'pending' LIMIT ${JOIN_ROWS}`,
    );
    if (waiting.length === 0) return 0;
    await this.#rows.write(
      waiting.map((row) => {
        const prediction = predictionOf(row);
        const { request_id, row_index } = prediction;
        const actual = JSON.parse(String(row['actual'])) as AnswerValue;
        return putOutcome({ request_id, row_index, actual, prediction }, String(row['actor']), String(row['given_at']));
      }),
    );
    return waiting.length;
  }

  /** Reads the scores of all versions. */
  async count(): Promise<Summary> {
    const rows = await this.#rows.read(
      `SELECT model, version, count(*) AS n, count(correct) AS judged, sum(correct) AS correct, count(absolute_error) AS measured,
        sum(absolute_error) AS absolute, sum(squared_error) AS squared
        FROM feedback WHERE state = 'joined' GROUP BY model, version ORDER BY model, version`,
    );
    const [waiting] = await this.#rows.read(`SELECT count(*) AS n FROM feedback WHERE state = 'pending'`);
    this.#summary = { versions: rows.map(scoreOf), pending: Number(waiting?.['n'] ?? 0) };
    return this.#summary;
  }

  /** Removes predictions and waiting outcomes that are too old. */
  async clean(): Promise<void> {
    const before = (days: number) => new Date(this.#now().getTime() - days * DAY_MS).toISOString();
    await this.#rows.write([
      { sql: 'DELETE FROM predictions WHERE at < ?', values: [before(PREDICTION_DAYS)] },
      { sql: `DELETE FROM feedback WHERE state = 'pending' AND at < ?`, values: [before(PENDING_DAYS)] },
    ]);
  }

  async #work(): Promise<void> {
    const now = this.#now().getTime();
    if (now - this.#cleanedAt > CLEAN_MS) {
      this.#cleanedAt = now;
      await this.clean();
    }
    let joined = 0;
    if (this.#summary.pending > 0) joined = await this.join();
    // Changes by other processes; own ones are counted where they happen.
    const version = await this.#rows.dataVersion();
    if (joined === 0 && version === this.#seen) return;
    this.#seen = version;
    await this.count();
  }
}

/** One row of one request. */
export function keyOf({ request_id, row_index }: Pick<Outcome, 'request_id' | 'row_index'>): string {
  return `${row_index} ${request_id}`;
}

function putOutcome({ request_id, row_index, actual, prediction }: Outcome, actor: string, at: string): Statement {
  const judgement = prediction && judge(prediction.task, prediction.prediction, actual);
  // An outcome that cannot be one of the task is kept, but counts for nothing.
  const state = prediction === undefined ? 'pending' : judgement === undefined ? 'unusable' : 'joined';
  const columns: Readonly<Record<string, Cell>> = {
    state,
    model: prediction?.model ?? null,
    version: prediction?.version ?? null,
    digest: prediction?.digest ?? null,
    task: prediction?.task ?? null,
    prediction: prediction === undefined ? null : JSON.stringify(prediction.prediction),
    actual: JSON.stringify(actual),
    ...judged(judgement),
    actor,
    at,
  };
  const names = Object.keys(columns);
  return {
    sql: `INSERT INTO feedback (request_id, row_index, ${names.join(', ')}) VALUES (?, ?, ${names.map(() => '?').join(', ')})
      ON CONFLICT (request_id, row_index) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    values: [request_id, row_index, ...Object.values(columns)],
  };
}

function judged(judgement: Judgement | undefined) {
  const { correct = null, absoluteError = null, squaredError = null } = judgement ?? {};
  return {
    correct: correct === null ? null : Number(correct),
    absolute_error: absoluteError,
    squared_error: squaredError,
  };
}

function predictionOf(row: Row): LoggedPrediction {
  return {
    request_id: String(row['request_id']),
    row_index: Number(row['row_index']),
    model: String(row['model']),
    version: row['version'] === null ? undefined : Number(row['version']),
    digest: String(row['digest']),
    task: String(row['task']),
    prediction: JSON.parse(String(row['prediction'])) as AnswerValue,
    at: Date.parse(String(row['at'])),
  };
}

function scoreOf(row: Row): VersionScore {
  const [count, judgedRows, measured] = ['n', 'judged', 'measured'].map((name) => Number(row[name])) as [
    number,
    number,
    number,
  ];
  const correct = judgedRows > 0 ? Number(row['correct']) : null;
  const absolute = measured > 0 ? Number(row['absolute']) : null;
  return {
    model: String(row['model']),
    version: row['version'] === null ? null : Number(row['version']),
    count,
    correct,
    accuracy: correct === null ? null : correct / judgedRows,
    absolute_error_sum: absolute,
    mean_absolute_error: absolute === null ? null : absolute / measured,
    root_mean_squared_error: absolute === null ? null : Math.sqrt(Number(row['squared']) / measured),
  };
}
