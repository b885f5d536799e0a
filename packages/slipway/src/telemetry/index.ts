export { createLog, silentLog, type Log } from './log.ts';
export { Metrics } from './metrics.ts';
export { addProcessMetrics } from './process-metrics.ts';
