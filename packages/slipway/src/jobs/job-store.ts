import { randomUUID } from 'node:crypto';
import { fail } from '@slipway/core/errors';
import { auditStatement, type Actor } from '../access/index.ts';
import type { Cell, Row, RowStore, Statement } from '../stores/index.ts';
import { modelOf, type Job, type JobSpec, type JobState } from './job.ts';

/** When a schedule was due, for its jobs. */
export interface Due {
  readonly schedule: string;
  readonly dueAt: string;
}

export interface JobQuery {
  readonly schedule?: string | undefined;
  readonly limit?: number | undefined;
}

/** A runner that did not beat for so long is gone. */
const LEASE_MS = 30_000;
/** The next number of the order in which jobs change. */
const NEXT = '(SELECT coalesce(max(seq), 0) + 1 FROM jobs)';

/** Batch jobs in the database of a home folder. */
export class JobStore {
  readonly #rows: RowStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, now: () => Date = () => new Date()) {
    this.#rows = rows;
    this.#now = now;
  }

  /** Puts a job in the queue. Undefined when the schedule has its job for that time already. */
  async create(spec: JobSpec, actor: Actor, due?: Due, state: JobState = 'queued'): Promise<Job | undefined> {
    const id = `job_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    const at = this.#at();
    const insert: Statement = {
      sql: `INSERT INTO jobs (id, seq, model, spec, state, attempts, stop, actor, created_at, not_before, finished_at, schedule, due_at)
        VALUES (?, ${NEXT}, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
      values: [
        id,
        modelOf(spec),
        JSON.stringify(spec),
        state,
        actor.name,
        at,
        at,
        state === 'queued' ? null : at,
        due?.schedule ?? null,
        due?.dueAt ?? null,
      ],
    };
    const audit = due ? [] : [auditStatement(actor, 'job.create', id, at, { ...spec })];
    const [made] = await this.#rows.write([insert, ...audit]);
    return made && made.length > 0 ? await this.get(id) : undefined;
  }

  /** JOB_NOT_FOUND where there is none. */
  async get(id: string): Promise<Job> {
    const [row] = await this.#rows.read('SELECT * FROM jobs WHERE id = ?', [id]);
    if (!row) throw fail('JOB_NOT_FOUND', { id });
    return toJob(row);
  }

  /** The newest first. */
  async list({ schedule, limit = 100 }: JobQuery = {}): Promise<Job[]> {
    const where = schedule === undefined ? '' : 'WHERE schedule = ?';
    const values: Cell[] = schedule === undefined ? [limit] : [schedule, limit];
    return (
      await this.#rows.read(`SELECT * FROM jobs ${where} ORDER BY created_at DESC, seq DESC LIMIT ?`, values)
    ).map(toJob);
  }

  /** Jobs that changed after a number, in the order of their changes. */
  async changedAfter(seq: number): Promise<Job[]> {
    return (await this.#rows.read('SELECT * FROM jobs WHERE seq > ? ORDER BY seq LIMIT 500', [seq])).map(toJob);
  }

  async lastSeq(): Promise<number> {
    const [row] = await this.#rows.read('SELECT coalesce(max(seq), 0) AS seq FROM jobs');
    return Number(row?.['seq'] ?? 0);
  }

  /** Jobs of a schedule that wait or run. */
  async unfinished(schedule: string): Promise<number> {
    const sql = `SELECT count(*) AS n FROM jobs WHERE schedule = ? AND state IN ('queued', 'running')`;
    return Number((await this.#rows.read(sql, [schedule]))[0]?.['n'] ?? 0);
  }

  /** A job that waits is over at once; one that runs is asked to stop. CONFLICT when it is over. */
  async cancel(id: string, actor: Actor): Promise<Job> {
    const { state } = await this.get(id);
    if (state !== 'queued' && state !== 'running')
      throw fail('CONFLICT', { problem: `The job ${id} is ${state} already.` });
    const at = this.#at();
    await this.#rows.write([
      {
        sql: `UPDATE jobs SET seq = ${NEXT}, stop = 1, state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
          finished_at = CASE state WHEN 'queued' THEN ? ELSE finished_at END WHERE id = ? AND state IN ('queued', 'running')`,
        values: [at, id],
      },
      auditStatement(actor, 'job.cancel', id, at),
    ]);
    return await this.get(id);
  }

  /** Takes the job that waits longest, or one whose runner is gone. */
  async claim(owner: string, isGone: (owner: string) => boolean): Promise<Job | undefined> {
    const at = this.#at();
    const late = new Date(this.#now().getTime() - LEASE_MS).toISOString();
    const running = await this.#rows.read(`SELECT * FROM jobs WHERE state = 'running' ORDER BY seq`);
    const lost = running.find((row) => String(row['beat_at']) < late || isGone(String(row['owner'])));
    const candidates = lost
      ? [lost]
      : await this.#rows.read(
          `SELECT * FROM jobs WHERE state = 'queued' AND not_before <= ? ORDER BY not_before, created_at LIMIT 1`,
          [at],
        );
    const [row] = candidates;
    if (!row) return undefined;
    const [claimed] = await this.#rows.write([
      {
        sql: `UPDATE jobs SET seq = ${NEXT}, state = 'running', owner = ?, beat_at = ?, attempts = attempts + 1,
          started_at = coalesce(started_at, ?) WHERE id = ? AND seq = ? RETURNING id`,
        values: [owner, at, at, String(row['id']), Number(row['seq'])],
      },
    ]);
    return claimed?.length ? await this.get(String(row['id'])) : undefined;
  }

  /** Says that the job goes on, and how far it is. False when it is to be stopped, or belongs to another runner. */
  async beat(id: string, owner: string, progress: object | undefined): Promise<boolean> {
    const [mine] = await this.#rows.write([
      progress
        ? {
            sql: `UPDATE jobs SET seq = ${NEXT}, beat_at = ?, progress = ? WHERE id = ? AND owner = ? AND state = 'running' RETURNING stop`,
            values: [this.#at(), JSON.stringify(progress), id, owner],
          }
        : {
            sql: `UPDATE jobs SET beat_at = ? WHERE id = ? AND owner = ? AND state = 'running' RETURNING stop`,
            values: [this.#at(), id, owner],
          },
    ]);
    return mine?.length === 1 && Number(mine[0]?.['stop']) === 0;
  }

  /** The job is over. */
  async finish(
    id: string,
    owner: string,
    state: 'done' | 'failed' | 'cancelled',
    told: { report?: object | undefined; error?: object | undefined },
  ): Promise<void> {
    await this.#rows.write([
      {
        sql: `UPDATE jobs SET seq = ${NEXT}, state = ?, report = ?, error = ?, finished_at = ?, owner = NULL
          WHERE id = ? AND owner = ? AND state = 'running'`,
        values: [
          state,
          told.report ? JSON.stringify(told.report) : null,
          told.error ? JSON.stringify(told.error) : null,
          this.#at(),
          id,
          owner,
        ],
      },
    ]);
  }

  /** Back into the queue, for later. `failed`: an attempt was used up, else it only was interrupted. */
  async requeue(id: string, owner: string, notBefore: Date, error: object | undefined): Promise<void> {
    await this.#rows.write([
      {
        sql: `UPDATE jobs SET seq = ${NEXT}, state = 'queued', not_before = ?, error = ?, owner = NULL, attempts = attempts - ?
          WHERE id = ? AND owner = ? AND state = 'running'`,
        values: [notBefore.toISOString(), error ? JSON.stringify(error) : null, error ? 0 : 1, id, owner],
      },
    ]);
  }

  #at(): string {
    return this.#now().toISOString();
  }
}

function toJob(row: Row): Job {
  const text = (name: string) => (row[name] === null || row[name] === undefined ? null : String(row[name]));
  const json = (name: string) => {
    const value = text(name);
    return value === null ? null : (JSON.parse(value) as Record<string, unknown>);
  };
  return {
    id: String(row['id']),
    seq: Number(row['seq']),
    spec: JSON.parse(String(row['spec'])) as JobSpec,
    state: String(row['state']) as JobState,
    progress: json('progress'),
    report: json('report'),
    error: json('error'),
    attempts: Number(row['attempts']),
    stop: Number(row['stop']) === 1,
    actor: String(row['actor']),
    created_at: String(row['created_at']),
    not_before: String(row['not_before']),
    started_at: text('started_at'),
    finished_at: text('finished_at'),
    owner: text('owner'),
    schedule: text('schedule'),
    due_at: text('due_at'),
  };
}
