import type { Log } from '../telemetry/index.ts';
import type { JobStore, ScheduleStore } from '../jobs/index.ts';
import { JobRunner, logOf } from './jobs/runner.ts';
import { cronOf, timesOf } from './schedules/cron.ts';
import { Scheduler } from './schedules/scheduler.ts';

export { cronOf, logOf, timesOf };

export interface WorkOptions {
  readonly jobs: JobStore;
  readonly schedules: ScheduleStore;
  readonly home: string;
  readonly log: Log;
}

/** Runs jobs and schedules beside a server until it is closed. */
export function startWork(options: WorkOptions): { close(): Promise<void> } {
  const runner = new JobRunner(options);
  const scheduler = new Scheduler(options);
  runner.start();
  scheduler.start();
  return {
    async close() {
      await scheduler.close();
      await runner.close();
    },
  };
}
