import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { fail } from '@slipway/core/errors';
import type { GrpcCall, Scope } from '@slipway/core/protocols';
import type { Principal } from '../../access/index.ts';
import { noteUnder, RunNotes, type TraceContext } from '../../telemetry/index.ts';
import { ClientGone } from '../http-call.ts';
import { nextRequestId } from '../request-id.ts';

const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
/** Timers of Node end here. */
const LONGEST_MS = 2 ** 31 - 1;

/** A gRPC call on an HTTP/2 stream: its metadata, and a signal for the deadline and for a client that cancels. */
export class StreamCall implements GrpcCall {
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>> = {};
  principal: Principal | undefined;
  readonly method = 'gRPC';
  readonly path: string;
  readonly wire = 'grpc';
  /** Path of the method; '' until one is found. */
  route = '';
  code: string | undefined;
  received = 0;
  sent = 0;
  readonly notes = new RunNotes();
  trace: TraceContext | undefined;
  /** When the first message was there, and when the answer was written. */
  handledAt = 0;
  sentAt = 0;
  readonly startedAt = performance.now();
  readonly #headers: IncomingHttpHeaders;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#headers = headers;
    this.path = headers[':path'] ?? '';
    noteUnder(this.#abort.signal, this.notes);
    this.requestId = nextRequestId(this.header('x-request-id'));
    stream.on('close', () => {
      clearTimeout(this.#timer);
      if (!stream.writableFinished || stream.rstCode !== 0) this.#abort.abort(new ClientGone());
    });
    const ms = this.#timeoutMs();
    if (ms === undefined) return;
    const late = () => this.#abort.abort(fail('DEADLINE_EXCEEDED', { ms: Math.ceil(ms) }));
    // Less than a timer can wait was over before the call came.
    if (ms < 1) late();
    else this.#timer = setTimeout(late, ms);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get model(): string {
    return this.notes.model?.label ?? '';
  }

  get givenTrace(): string | undefined {
    return this.header('traceparent');
  }

  get caller(): string {
    return this.principal?.name ?? 'local';
  }

  may(scope: Scope, model?: string): boolean {
    return this.principal?.may(scope, model) ?? true;
  }

  header(name: string): string | undefined {
    // What HTTP/1 calls Host.
    const value = this.#headers[name === 'host' ? ':authority' : name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** `grpc-timeout: 100m` is a tenth of a second. */
  #timeoutMs(): number | undefined {
    const text = this.header('grpc-timeout');
    if (text === undefined) return undefined;
    const [, amount, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
    return amount === undefined ? undefined : Math.min(LONGEST_MS, Number(amount) * (UNITS[unit] ?? 1));
  }
}
