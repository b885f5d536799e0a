/** What a batch job does: the flags of `slipway batch run`. */
export interface JobSpec {
  /** `churn`, `churn@champion`, or a model file. */
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly columns?: readonly string[] | undefined;
  readonly where?: string | undefined;
  readonly format?: string | undefined;
  readonly on_error?: 'stop' | 'reject' | undefined;
  readonly key?: string | undefined;
  readonly force?: boolean | undefined;
  readonly threads?: number | undefined;
  /** How often a job that failed is tried again, and after how long at first; the time doubles. */
  readonly retries?: number | undefined;
  readonly retry_s?: number | undefined;
  /** Told of the end by POST. */
  readonly webhook?: string | undefined;
  /** Only below these folders. */
  readonly within?: readonly string[] | undefined;
}

/** `skipped`: its schedule was due while the one before still ran. */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'skipped';

/** A job in the database. */
export interface Job {
  readonly id: string;
  /** Grows with each change of any job. */
  readonly seq: number;
  readonly spec: JobSpec;
  readonly state: JobState;
  readonly progress: Readonly<Record<string, unknown>> | null;
  /** Counts and outputs of a job that is done. */
  readonly report: Readonly<Record<string, unknown>> | null;
  readonly error: Readonly<Record<string, unknown>> | null;
  readonly attempts: number;
  /** Somebody wants it to stop. */
  readonly stop: boolean;
  readonly actor: string;
  readonly created_at: string;
  /** Not to be started sooner. */
  readonly not_before: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly owner: string | null;
  readonly schedule: string | null;
  /** When the schedule was due. */
  readonly due_at: string | null;
}

/** `churn` of `churn@champion`: what keys are bound to. */
export function modelOf({ model }: Pick<JobSpec, 'model'>): string {
  return /^[^:@]*/.exec(model)?.[0] ?? model;
}

/** What everybody may see of a job. */
export function jobFacts({ owner: _owner, stop, ...job }: Job): Record<string, unknown> {
  return { ...job, state: stop && job.state === 'running' ? 'stopping' : job.state };
}
