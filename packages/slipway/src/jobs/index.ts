export { jobFacts, modelOf, type Job, type JobSpec } from './job.ts';
export { JobStore } from './job-store.ts';
export { ScheduleStore, type Schedule, type ScheduleSpec } from './schedule-store.ts';
export { jobMigrations } from './schema.ts';
