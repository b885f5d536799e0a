import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fail } from '@slipway/core/errors';
import type { Call, Scope } from '@slipway/core/protocols';
import type { Principal } from '../access/index.ts';
import { noteUnder, RunNotes, type TraceContext } from '../telemetry/index.ts';
import { nextRequestId } from './request-id.ts';

/** The longest time that a client may give itself: one hour. */
const MAX_TIMEOUT_MS = 3_600_000;
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});
const EMPTY = Buffer.alloc(0);

/** Why a request is given up when its client has gone. It is never answered, only counted. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** A request on a socket. Headers are looked at once, in place; signals and timers exist only for calls that ask. */
export class HttpCall implements Call {
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  params: Readonly<Record<string, string>> = NO_PARAMS;
  body: Buffer = EMPTY;
  /** Received bytes of the body, as they were sent. */
  received = 0;
  /** Bytes of the answer's body. */
  sent = 0;
  /** Pattern of the route, for metrics; '' until one is found. */
  route = '';
  /** Id of the protocol of the route. */
  wire = '';
  /** Label of the model that answered. */
  model = '';
  /** Code of the error that is answered. */
  code: string | undefined;
  readonly notes = new RunNotes();
  /** Where requests are traced. */
  trace: TraceContext | undefined;
  /** When the body was there, and when the answer was written. */
  handledAt = 0;
  sentAt = 0;
  /** Headers of the answer that do not depend on it, names and values in turn. */
  readonly extraHeaders: string[] = [];
  /** Who calls, on a server with keys. */
  principal: Principal | undefined;
  /** The request itself, where the route reads its body as it comes. */
  incoming: IncomingMessage | undefined;
  readonly startedAt = performance.now();
  readonly search: string;
  readonly #headers: readonly string[];
  readonly #response: ServerResponse;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timeoutMs: number | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    const url = request.url as string;
    const question = url.indexOf('?');
    this.method = request.method as string;
    this.path = question < 0 ? url : url.slice(0, question);
    this.search = question < 0 ? '' : url.slice(question + 1);
    this.#headers = request.rawHeaders;
    this.#response = response;
    this.requestId = nextRequestId(this.header('x-request-id'));
  }

  get givenTrace(): string | undefined {
    return this.header('traceparent');
  }

  header(name: string): string | undefined {
    const headers = this.#headers;
    for (let i = 0; i < headers.length; i += 2) {
      const candidate = headers[i] as string;
      if (candidate.length === name.length && (candidate === name || candidate.toLowerCase() === name))
        return headers[i + 1];
    }
    return undefined;
  }

  query(name: string): string | undefined {
    return this.search === '' ? undefined : (new URLSearchParams(this.search).get(name) ?? undefined);
  }

  get caller(): string {
    return this.principal?.name ?? 'local';
  }

  may(scope: Scope, model?: string): boolean {
    return this.principal?.may(scope, model) ?? true;
  }

  text(): string {
    const text = this.body.toString('utf8');
    // The decoder puts U+FFFD for what is not UTF-8; only then is it worth a second look.
    if (text.includes('\u{fffd}') && !isUtf8(this.body))
      throw fail('INVALID_REQUEST', { problem: 'The body is not UTF-8.' });
    return text;
  }

  /** The body as it comes; breaks off with {@link ClientGone} when the client does. */
  async *stream(): AsyncGenerator<Uint8Array> {
    if (!this.incoming) return;
    try {
      for await (const chunk of this.incoming as AsyncIterable<Buffer>) {
        this.received += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (!this.incoming.complete) throw new ClientGone('the upload broke off', { cause: error });
      throw error;
    }
  }

  get signal(): AbortSignal {
    this.#abort ??= this.#startSignal();
    return this.#abort.signal;
  }

  /** The client gave itself a time. */
  get hasDeadline(): boolean {
    return this.#timeoutMs !== undefined;
  }

  /** Stops the timer of the deadline; the answer is on its way. */
  finish(): void {
    clearTimeout(this.#timer);
  }

  /** Reads what the client allows itself; refuses what is no time. Timers start with the first use of the signal. */
  readTimeout(): void {
    const text = this.header('x-request-timeout-ms');
    if (text === undefined) return;
    const ms = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
    if (!(ms >= 1 && ms <= MAX_TIMEOUT_MS)) {
      const problem = `x-request-timeout-ms: expected a whole number from 1 to ${MAX_TIMEOUT_MS}, received ${JSON.stringify(text.slice(0, 40))}.`;
      throw fail('INVALID_REQUEST', { problem });
    }
    this.#timeoutMs = ms;
  }

  #startSignal(): AbortController {
    const abort = new AbortController();
    noteUnder(abort.signal, this.notes);
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) abort.abort(new ClientGone());
    });
    const ms = this.#timeoutMs;
    if (ms !== undefined) {
      const left = ms - (performance.now() - this.startedAt);
      this.#timer = setTimeout(() => abort.abort(fail('DEADLINE_EXCEEDED', { ms })), Math.max(0, left));
    }
    return abort;
  }
}
