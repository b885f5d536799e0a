import type { Principal } from '../access/index.ts';
import type { Log, Metrics, RunNotes, TraceContext, Tracer } from '../telemetry/index.ts';

/** A request that is over, on any host. Times are of `performance.now()`. */
export interface FinishedCall {
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  /** The route's pattern; '' where there is none. */
  readonly route: string;
  /** Id of the protocol. */
  readonly wire: string;
  /** Label of the model that answered. */
  readonly model: string;
  /** Code of the error that was answered. */
  readonly code: string | undefined;
  readonly received: number;
  readonly sent: number;
  readonly principal: Principal | undefined;
  readonly notes: RunNotes;
  readonly trace: TraceContext | undefined;
  /** The `traceparent` that came, where requests are not traced here. */
  readonly givenTrace: string | undefined;
  readonly startedAt: number;
  /** When the body was there. */
  readonly handledAt: number;
  /** When the answer was written. */
  readonly sentAt: number;
}

/** Where finished requests are told. */
export interface Observers {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly accessLog: boolean;
  readonly tracer?: Tracer | undefined;
  readonly requestLog?: RequestRecorder | undefined;
}

/** Keeps rows and answers of some requests. */
export interface RequestRecorder {
  /** Whether this request is one of them. */
  chooses(): boolean;
  add(request: {
    readonly requestId: string;
    readonly wire: string;
    readonly caller: string | undefined;
    readonly traceId: string | undefined;
    readonly ms: number;
    readonly runs: NonNullable<RunNotes['kept']>;
  }): void;
}

/** Counts, traces and logs a request that is over. */
export function finish(
  call: FinishedCall,
  status: number,
  { metrics, log, accessLog, tracer, requestLog }: Observers,
): void {
  const now = performance.now();
  const { notes, wire, trace } = call;
  metrics.observe(call.route || 'none', wire, call.model, status, (now - call.startedAt) / 1000);
  if (notes.runs > 0 && status < 400) metrics.observeStages(wire, notes, call.handledAt, call.sentAt);
  if (call.code !== undefined) metrics.countError(call.code, wire);
  if (trace?.isSampled) tracer?.record(trace, call, status, now);
  // Management asks models too, for feedback with a row: those are no requests for a prediction.
  if (notes.kept && notes.kept.length > 0 && status < 400 && wire !== MANAGEMENT)
    requestLog?.add({
      requestId: call.requestId,
      wire,
      caller: call.principal?.name,
      traceId: traceOf(call),
      ms: now - call.startedAt,
      runs: notes.kept,
    });
  if (!accessLog) return;
  log.info('request', {
    method: call.method,
    path: call.path,
    route: call.route || undefined,
    wire: wire || undefined,
    status,
    code: call.code,
    ms: Math.round((now - call.startedAt) * 1000) / 1000,
    bytes_in: call.received,
    bytes: call.sent,
    rows: notes.rows || undefined,
    model: call.model || undefined,
    key: call.principal?.name,
    request_id: call.requestId,
    trace_id: traceOf(call),
  });
}

/** Id of the protocol of our own routes beside predictions. */
export const MANAGEMENT = 'operations';

function traceOf({ trace, givenTrace }: FinishedCall): string | undefined {
  return trace?.traceId ?? /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(givenTrace ?? '')?.[1];
}
