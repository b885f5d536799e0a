export { FeedbackStore, keyOf, type LoggedPrediction, type Outcome, type Summary } from './feedback-store.ts';
export { judge } from './judge.ts';
export { parseRedactions } from './redact.ts';
export type { RequestLog } from './request-log.ts';
export { journalMigrations } from './schema.ts';

/** The request log, loaded where it is asked for. */
export const loadRequestLog = () => import('./request-log.ts');
