import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Job, JobStore } from '../../jobs/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { startJob, type JobEnd, type JobProcess } from './job-process.ts';
import { callWebhook } from './webhook.ts';

export interface RunnerOptions {
  readonly jobs: JobStore;
  readonly home: string;
  readonly log: Log;
  /** Jobs at a time. */
  readonly atOnce?: number | undefined;
  readonly now?: (() => Date) | undefined;
}

/** Looks for jobs, and says that the running ones go on. */
const EVERY_MS = 1000;
const FIRST_RETRY_S = 60;
const LONGEST_RETRY_S = 3600;
/** Answers without a retry: the same job fails in the same way. */
const hopeless = new Set([400, 413]);

/** Takes jobs out of the queue and runs them, each in a process of its own. Jobs of a runner that is gone are resumed. */
export class JobRunner {
  readonly #options: RunnerOptions;
  readonly #owner = `${hostname()}~${process.pid}~${Math.random().toString(36).slice(2, 8)}`;
  readonly #running = new Map<
    string,
    { readonly process: JobProcess; progress: object | undefined; readonly ended: Promise<void> }
  >();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isClosing = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), EVERY_MS);
    this.#timer.unref();
    void this.look();
  }

  /** One look at the queue. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  /** Stops running jobs; they go on when a runner starts again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#timer);
    await this.#looking;
    for (const { process } of this.#running.values()) process.stop();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async #look(): Promise<void> {
    const { jobs, log, atOnce = 1 } = this.#options;
    try {
      for (const [id, running] of this.#running) {
        const goesOn = await jobs.beat(id, this.#owner, running.progress);
        running.progress = undefined;
        if (!goesOn) running.process.stop();
      }
      while (!this.#isClosing && this.#running.size < atOnce) {
        const job = await jobs.claim(this.#owner, isGone);
        if (!job) return;
        this.#run(job);
      }
    } catch (error) {
      log.error('jobs not looked at', { error });
    }
  }

  #run(job: Job): void {
    const { home, log } = this.#options;
    log.info('job started', { job: job.id, model: job.spec.model, attempt: job.attempts });
    const process = startJob(job.spec, {
      home,
      log: logOf(home, job.id),
      resume: job.attempts > 1 && job.error?.['code'] !== 'INPUT_CHANGED',
      onProgress: (progress) => {
        const running = this.#running.get(job.id);
        if (running) running.progress = progress;
      },
    });
    const ended = process.ended
      .then((end) => this.#ended(job, end))
      .catch((error: unknown) => log.error('job not closed', { job: job.id, error }))
      .finally(() => this.#running.delete(job.id));
    this.#running.set(job.id, { process, progress: undefined, ended });
  }

  async #ended(job: Job, end: JobEnd): Promise<void> {
    const { jobs, log, now = () => new Date() } = this.#options;
    const { id, spec, attempts } = job;
    if (end.kind === 'stopped' && this.#isClosing) return await jobs.requeue(id, this.#owner, now(), undefined);
    if (end.kind === 'failed' && attempts <= (spec.retries ?? 0) && !hopeless.has(Number(end.error['status']))) {
      const after = Math.min(LONGEST_RETRY_S, (spec.retry_s ?? FIRST_RETRY_S) * 2 ** (attempts - 1));
      log.warn('job failed, and is tried again', { job: id, after_s: after, error: end.error['detail'] });
      return await jobs.requeue(id, this.#owner, new Date(now().getTime() + after * 1000), end.error);
    }
    if (end.kind === 'done') await jobs.finish(id, this.#owner, 'done', { report: end.report });
    else if (end.kind === 'stopped') await jobs.finish(id, this.#owner, 'cancelled', {});
    else await jobs.finish(id, this.#owner, 'failed', { error: end.error });
    log.info('job ended', { job: id, state: end.kind });
    if (spec.webhook === undefined) return;
    const problem = await callWebhook(spec.webhook, await jobs.get(id));
    if (problem !== undefined) log.warn('webhook not told', { job: id, problem });
  }
}

/** Everything that the process of a job said. */
export function logOf(home: string, id: string): string {
  return join(home, 'jobs', `${id}.log`);
}

/** True for a runner of this machine whose process is no more. */
function isGone(owner: string): boolean {
  const [host, pid] = owner.split('~');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}
