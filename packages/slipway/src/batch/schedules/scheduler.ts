import type { JobSpec, JobStore, Schedule, ScheduleStore } from '../../jobs/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { timesOf, type Times } from './cron.ts';
import { fillTemplate } from './template.ts';

export interface SchedulerOptions {
  readonly jobs: JobStore;
  readonly schedules: ScheduleStore;
  readonly log: Log;
  readonly now?: (() => Date) | undefined;
}

const EVERY_MS = 1000;
/** A time that passed so recently is not missed, only seen late. */
const LATE_MS = 60_000;
/** Times that are made up for at most. */
const MOST_MISSED = 100;
/** A clock that was set back by more than this was wrong before; times are counted from where it is now. */
const BACK_MS = 24 * 3_600_000;

/** Makes a job for each time that is due. Any number of processes may do so: a time has one job. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #now: () => Date;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), EVERY_MS);
    this.#timer.unref();
    void this.look();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** One look at the clock and all schedules. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { schedules, log } = this.#options;
    try {
      for (const schedule of await schedules.list()) if (!schedule.paused) await this.#one(schedule);
    } catch (error) {
      log.error('schedules not looked at', { error });
    }
  }

  async #one(schedule: Schedule): Promise<void> {
    const { schedules, log } = this.#options;
    const now = this.#now();
    const seen = new Date(schedule.seen_at);
    if (seen.getTime() - now.getTime() > BACK_MS) {
      log.warn('the clock was set back', { schedule: schedule.name, seen: schedule.seen_at });
      return await schedules.seen(schedule.name, now);
    }
    const { due, last } = dueTimes(schedule, seen, now);
    if (!last) return;
    for (const at of due) await this.#make(schedule, at);
    await schedules.seen(schedule.name, last);
  }

  async #make(schedule: Schedule, at: Date): Promise<void> {
    const { jobs, log } = this.#options;
    const { name, overlap, timezone } = schedule;
    const due = { schedule: name, dueAt: at.toISOString() };
    const actor = { name: `schedule:${name}` };
    const busy = overlap === 'parallel' ? 0 : await jobs.unfinished(name);
    const isSkipped = overlap === 'skip' && busy > 0;
    const job = await jobs.create(filled(schedule.job, at, timezone), actor, due, isSkipped ? 'skipped' : 'queued');
    if (job)
      log.info(isSkipped ? 'schedule due, and skipped' : 'schedule due', {
        schedule: name,
        job: job.id,
        due: due.dueAt,
      });
  }
}

/** The times after `seen` up to now that get a job, and the last of all of them. */
export function dueTimes(
  { cron, timezone, missed }: Pick<Schedule, 'cron' | 'timezone' | 'missed'>,
  seen: Date,
  now: Date,
): { readonly due: readonly Date[]; readonly last: Date | undefined } {
  const times = timesOf(cron, timezone);
  const all = newest(times, seen, now);
  const last = all.at(-1);
  const late = all.filter((at) => now.getTime() - at.getTime() > LATE_MS);
  const inTime = all.slice(late.length);
  if (missed === 'all') return { due: all, last };
  return { due: missed === 'once' && inTime.length === 0 ? late.slice(-1) : inTime, last };
}

/** The newest times of a span, a hundred at most; found from its end, because nobody may have looked for years. */
function newest(times: Times, seen: Date, now: Date): Date[] {
  for (let span = LATE_MS * 10; ; span *= 4) {
    const from = new Date(Math.max(seen.getTime(), now.getTime() - span));
    const found: Date[] = [];
    for (let at = times.next(from); at && at <= now; at = times.next(at)) found.push(at);
    if (found.length >= MOST_MISSED || from.getTime() === seen.getTime() || from > now)
      return found.slice(-MOST_MISSED);
  }
}

/** The job of a time: templates in its places are filled in. */
function filled(job: JobSpec, at: Date, timezone: string): JobSpec {
  return {
    ...job,
    input: fillTemplate(job.input, at, timezone),
    output: fillTemplate(job.output, at, timezone),
  };
}
