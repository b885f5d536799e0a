export type { ProgressReport } from './progress.ts';
export { runBatch, type RunOptions, type RunResult } from './run.ts';
