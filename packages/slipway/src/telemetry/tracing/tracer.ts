import type { RunNotes } from '../run-notes.ts';
import { parseTraceParent, randomId, traceState, type TraceContext } from './context.ts';
import type { SpanExporter } from './exporter.ts';
import type { Span } from './otlp.ts';
import type { Sampler } from './sampler.ts';

/** A request as its spans tell it. Times are of `performance.now()`. */
export interface TracedCall {
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly wire: string;
  readonly requestId: string;
  readonly code: string | undefined;
  readonly received: number;
  readonly sent: number;
  readonly notes: RunNotes;
  readonly startedAt: number;
  readonly handledAt: number;
  readonly sentAt: number;
}

/** Makes spans of requests: the request, and in it decode, queue, infer and encode. */
export class Tracer {
  readonly #sample: Sampler;
  readonly exporter: SpanExporter;

  constructor(sample: Sampler, exporter: SpanExporter) {
    this.#sample = sample;
    this.exporter = exporter;
  }

  /** The place of a request in the trace of its caller, or in a new one. */
  begin(parentText: string | undefined, state: string | undefined): TraceContext {
    const parent = parseTraceParent(parentText);
    const traceId = parent?.traceId ?? randomId(16);
    return {
      traceId,
      spanId: randomId(8),
      parentId: parent?.spanId,
      isSampled: this.#sample(parent, traceId),
      state: parent && traceState(state),
    };
  }

  /** A request is over. */
  record(trace: TraceContext, call: TracedCall, status: number, end: number): void {
    const { notes, wire, route } = call;
    const isGrpc = wire === 'grpc';
    const { model } = notes;
    this.exporter.add({
      ...trace,
      name: isGrpc ? route.slice(1) || 'grpc' : `${call.method} ${route}`.trim(),
      kind: 'server',
      begin: call.startedAt,
      end,
      attributes: {
        ...(isGrpc
          ? { 'rpc.system': 'grpc', 'rpc.service': route.split('/')[1], 'rpc.method': route.split('/')[2] }
          : {
              'http.request.method': call.method,
              'url.path': call.path,
              'http.route': route || undefined,
              'http.response.status_code': status,
              'http.request.body.size': call.received,
              'http.response.body.size': call.sent,
            }),
        'error.type': call.code,
        'slipway.wire': wire || undefined,
        'slipway.model': model?.name,
        'slipway.version': model?.version,
        'slipway.digest': model?.digest,
        'slipway.rows': notes.rows || undefined,
        'slipway.request_id': call.requestId,
      },
      problem: status >= 500 ? (call.code ?? String(status)) : undefined,
    });
    if (notes.runs === 0) return;
    const inferFrom = notes.endedAt - notes.inferMs;
    this.#stage(trace, 'decode', call.handledAt, notes.askedAt);
    // Several runs are shown as one: their waiting first, their computing last.
    if (notes.queueMs > 0)
      this.#stage(trace, 'queue', notes.askedAt, Math.min(inferFrom, notes.askedAt + notes.queueMs));
    this.#stage(trace, 'infer', Math.max(notes.askedAt, inferFrom), notes.endedAt, {
      'slipway.rows': notes.rows,
      'slipway.runs': notes.runs,
    });
    this.#stage(trace, 'encode', notes.endedAt, Math.max(notes.endedAt, call.sentAt));
  }

  #stage(trace: TraceContext, name: string, begin: number, end: number, attributes: Span['attributes'] = {}): void {
    this.exporter.add({
      traceId: trace.traceId,
      spanId: randomId(8),
      parentId: trace.spanId,
      state: trace.state,
      name,
      kind: 'internal',
      begin,
      end,
      attributes,
    });
  }
}
