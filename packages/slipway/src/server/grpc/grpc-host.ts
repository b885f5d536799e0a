import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import { fail, SlipwayError } from '@slipway/core/errors';
import type { GrpcMethod, loadGrpc, Plane } from '@slipway/core/protocols';
import { turns } from '../../engine/index.ts';
import { finish, type Observers } from '../finished.ts';
import type { ServiceAudit } from '../audited.ts';
import type { Gate } from '../gate.ts';
import type { HostLimits } from '../host.ts';
import { raced } from '../raced.ts';
import type { Tls } from '../tls/reload.ts';
import { ClientGone } from '../http-call.ts';
import { FrameReader } from './frames.ts';
import { StreamCall } from './grpc-call.ts';
import { readAll, readOne, sendAll, sendOne, sendStatus } from './stream-io.ts';

export interface GrpcHostOptions extends Observers {
  readonly plane: Plane;
  readonly gate: Gate;
  readonly limits: HostLimits;
  readonly tls?: Tls | undefined;
  /** Which methods there are; all unless told. */
  readonly serves?: ((method: GrpcMethod) => boolean) | undefined;
  /** Notes what callers change. */
  readonly audit?: ServiceAudit | undefined;
}

/** Streams of one connection at the same time. */
const MOST_STREAMS = 1000;
const CANCELLED = 1;

/** Mounts gRPC methods on node:http2: with the certificates of the server, or without (h2c with prior knowledge), as clusters speak it. */
export class GrpcHost {
  readonly server: Http2Server | Http2SecureServer;
  readonly #options: GrpcHostOptions;
  readonly #statusOf: (error: SlipwayError) => number;
  readonly #methods: ReadonlyMap<string, GrpcMethod>;
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(options: GrpcHostOptions, grpc: Awaited<ReturnType<typeof loadGrpc>>) {
    this.#statusOf = grpc.grpcStatus;
    this.#options = options;
    const { serves = () => true } = options;
    this.#methods = new Map(
      grpc
        .grpcMethods(waited)
        .filter(serves)
        .map((method) => [method.path, method]),
    );
    this.server = open(options.tls);
    this.server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    this.server.on('stream', (stream, headers) => this.#handle(stream, headers));
    this.server.on('sessionError', () => {});
  }

  /** Takes no new calls; resolves when the running ones have ended, or when the time is over. */
  async close(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    const late = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, timeoutMs);
    await closed;
    clearTimeout(late);
  }

  #handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { metrics, tracer, requestLog } = this.#options;
    metrics.inFlight++;
    const call = new StreamCall(stream, headers);
    if (tracer) call.trace = tracer.begin(call.givenTrace, call.header('tracestate'));
    if (requestLog?.chooses()) call.notes.kept = [];
    const { path } = call;
    const method = this.#methods.get(path);
    call.route = method?.path ?? '';
    stream.on('error', () => {});
    stream.on('close', () => metrics.inFlight--);
    this.#answer(stream, headers, call, method, path).then(
      () => this.#done(call, 200),
      (error: unknown) => this.#fail(stream, call, error),
    );
  }

  async #answer(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    call: StreamCall,
    method: GrpcMethod | undefined,
    path: string,
  ): Promise<void> {
    const type = headers['content-type'] ?? '';
    if (headers[':method'] !== 'POST' || !/^application\/grpc(?:\+proto|;|$)/.test(type)) {
      stream.respond({ ':status': 415, 'content-type': 'text/plain' }, { endStream: true });
      return;
    }
    const { gate, limits } = this.#options;
    const admitted = gate(call, method, this.#options.plane);
    const plane = admitted instanceof Promise ? await admitted : admitted;
    if (!method) throw fail('ROUTE_NOT_FOUND', { method: 'gRPC', path: path.slice(0, 200) });
    const { audit } = this.#options;
    const own = method.access === 'deploy' && audit ? audit.plane(plane, call) : (plane.forCall?.(call) ?? plane);
    const encoding = call.header('grpc-encoding') ?? 'identity';
    if (encoding !== 'identity' && encoding !== 'gzip')
      throw fail('ROUTE_NOT_FOUND', { method: 'gRPC', path: `with the encoding ${encoding.slice(0, 40)}` });
    const reader = new FrameReader(limits.maxBodyBytes, encoding);
    const metadata = { 'x-request-id': call.requestId };
    if (method.kind === 'unary') {
      const request = await readOne(stream, reader, call.signal);
      call.received = request.length;
      if (method.access === 'predict' && !turns.isFree()) await itsTurn();
      call.handledAt = performance.now();
      const answer = await raced(method.answer(request, call, own), call.signal);
      call.sent = answer.length;
      sendOne(stream, answer, metadata);
    } else await sendAll(stream, method.answers(readAll(stream, reader, call.signal), call, own), metadata);
  }

  #fail(stream: ServerHttp2Stream, call: StreamCall, error: unknown): void {
    const { log, metrics } = this.#options;
    if (error instanceof ClientGone) {
      metrics.clientsGone++;
      this.#done(call, 499);
      return sendStatus(stream, CANCELLED, 'The client has gone.', {});
    }
    let known: SlipwayError;
    if (error instanceof SlipwayError) known = error;
    else {
      log.error('internal error', { error, path: call.route, request_id: call.requestId });
      known = fail('INTERNAL', {}, { cause: error });
    }
    call.code = known.code;
    this.#done(call, known.status);
    sendStatus(stream, this.#statusOf(known), known.message, {
      'x-request-id': call.requestId,
      'slipway-code': known.code,
    });
  }

  #done(call: StreamCall, status: number): void {
    const { notes } = call;
    call.sentAt = performance.now();
    // A stream has many messages: only the first one's arrival is known, which its run tells.
    if (call.handledAt === 0) call.handledAt = notes.runs > 0 ? notes.askedAt : call.sentAt;
    this.#options.metrics.bytesIn += call.received;
    this.#options.metrics.bytesOut += call.sent;
    finish(call, status, this.#options);
  }
}

function open(tls: Tls | undefined): Http2Server | Http2SecureServer {
  const settings = { maxConcurrentStreams: MOST_STREAMS };
  if (!tls) return createServer({ settings });
  const { material, asksClients } = tls;
  const server = createSecureServer({
    settings,
    ...material.context,
    requestCert: asksClients,
    rejectUnauthorized: true,
    handshakeTimeout: 10_000,
  });
  tls.attach(server);
  return server;
}

/** Behind those that came before, on any wire. OVERLOADED when that would take too long. */
function itsTurn(): Promise<void> {
  const refusal = turns.refusal();
  return refusal ? Promise.reject(refusal) : new Promise((resolve) => turns.wait(resolve));
}

/** Ends early, without an error, when nobody waits any more. */
function waited(ms: number, signal: AbortSignal): Promise<void> {
  return wait(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
