import { fail } from '@slipway/core/errors';
import { auditStatement, type Actor } from '../access/index.ts';
import type { Row, RowStore } from '../stores/index.ts';
import type { JobSpec } from './job.ts';

/** When a job is made, and what is done in odd cases. */
export interface ScheduleSpec {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** IANA name, such as Europe/Berlin. */
  readonly timezone: string;
  /** Times that passed while nothing ran: none is made up for, the last one, or all. */
  readonly missed: 'skip' | 'once' | 'all';
  /** The job before is not over: this one is left out, waits, or runs beside it. */
  readonly overlap: 'skip' | 'queue' | 'parallel';
  /** With templates such as {date} in its paths. */
  readonly job: JobSpec;
}

/** A schedule in the database. */
export interface Schedule extends ScheduleSpec {
  readonly name: string;
  readonly paused: boolean;
  readonly created_at: string;
  /** Times up to this one are dealt with. */
  readonly seen_at: string;
}

/** Schedules in the database of a home folder. */
export class ScheduleStore {
  readonly #rows: RowStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, now: () => Date = () => new Date()) {
    this.#rows = rows;
    this.#now = now;
  }

  /** By name. */
  async list(): Promise<Schedule[]> {
    return (await this.#rows.read('SELECT * FROM schedules ORDER BY name')).map(toSchedule);
  }

  /** SCHEDULE_NOT_FOUND where there is none. */
  async get(name: string): Promise<Schedule> {
    const [row] = await this.#rows.read('SELECT * FROM schedules WHERE name = ?', [name]);
    if (!row) throw fail('SCHEDULE_NOT_FOUND', { name });
    return toSchedule(row);
  }

  /** Makes or replaces a schedule; times before now are not made up for. */
  async set(name: string, spec: ScheduleSpec, actor: Actor): Promise<Schedule> {
    const at = this.#now().toISOString();
    await this.#rows.write([
      {
        sql: `INSERT INTO schedules (name, spec, paused, created_at, seen_at) VALUES (?, ?, 0, ?, ?)
          ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, paused = 0, seen_at = excluded.seen_at`,
        values: [name, JSON.stringify(spec), at, at],
      },
      auditStatement(actor, 'schedule.set', name, at, { ...spec }),
    ]);
    return await this.get(name);
  }

  /** A schedule that goes on does not make up for its pause. */
  async pause(name: string, paused: boolean, actor: Actor): Promise<Schedule> {
    await this.get(name);
    const at = this.#now().toISOString();
    await this.#rows.write([
      {
        sql: `UPDATE schedules SET paused = ?, seen_at = CASE ? WHEN 0 THEN ? ELSE seen_at END WHERE name = ?`,
        values: [Number(paused), Number(paused), at, name],
      },
      auditStatement(actor, paused ? 'schedule.pause' : 'schedule.resume', name, at),
    ]);
    return await this.get(name);
  }

  async delete(name: string, actor: Actor): Promise<void> {
    await this.get(name);
    const at = this.#now().toISOString();
    await this.#rows.write([
      { sql: 'DELETE FROM schedules WHERE name = ?', values: [name] },
      auditStatement(actor, 'schedule.delete', name, at),
    ]);
  }

  /** Times up to `at` are dealt with. */
  async seen(name: string, at: Date): Promise<void> {
    await this.#rows.write([
      { sql: 'UPDATE schedules SET seen_at = ? WHERE name = ?', values: [at.toISOString(), name] },
    ]);
  }
}

function toSchedule(row: Row): Schedule {
  return {
    name: String(row['name']),
    ...(JSON.parse(String(row['spec'])) as ScheduleSpec),
    paused: Number(row['paused']) === 1,
    created_at: String(row['created_at']),
    seen_at: String(row['seen_at']),
  };
}
