export { countsOf, exposition, labelText, mergeFamilies, openMetrics, type Family } from './exposition.ts';
export { createLog, silentLog, type Log } from './log.ts';
export { Metrics, modelLabels } from './metrics.ts';
export { addProcessMetrics } from './process-metrics.ts';
export { notesOf, noteUnder, RunNotes, running, type KeptRun, type NotedModel } from './run-notes.ts';
export { traceParent, type TraceContext } from './tracing/context.ts';
export { openTracer } from './tracing/open-tracer.ts';
export type { Tracer } from './tracing/tracer.ts';
