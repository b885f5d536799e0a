import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { fail, SlipwayError } from '@slipway/core/errors';
import {
  problem,
  Router,
  type Match,
  type MountedRoute,
  type Plane,
  type Protocol,
  type Reply,
} from '@slipway/core/protocols';
import { turns } from '../engine/index.ts';
import { running } from '../telemetry/index.ts';
import { readBody } from './body.ts';
import { finish, MANAGEMENT, type Observers } from './finished.ts';
import type { Gate } from './gate.ts';
import { ClientGone, HttpCall } from './http-call.ts';
import { addBrowserHeaders } from './browser-headers.ts';
import type { Cors } from './cors.ts';
import { refuseBroken } from './broken-request.ts';
import { checkDepth } from './json-depth.ts';
import { createSocketServer } from './open-socket.ts';
import { raced } from './raced.ts';
import { sendReply } from './send-reply.ts';
import type { Tls } from './tls/reload.ts';

export interface HostLimits {
  /** Of a body, as it was sent and decompressed. */
  readonly maxBodyBytes: number;
  /** Of the request line with the headers. */
  readonly maxHeaderBytes: number;
  readonly maxJsonDepth: number;
  readonly maxConnections: number;
  /** For headers and body together. */
  readonly requestTimeoutMs: number;
}

export interface HostOptions extends Observers {
  /** The wires of this port; the first one refuses what belongs to none. */
  readonly protocols: readonly Protocol[];
  readonly routes: readonly MountedRoute[];
  readonly plane: Plane;
  readonly limits: HostLimits;
  readonly gate: Gate;
  /** With certificates it speaks HTTPS only. */
  readonly tls?: Tls | undefined;
  readonly cors?: Cors | undefined;
}

const BODY_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** How long what is left of a refused body is thrown away, so that the client gets to read the answer. */
const LINGER_MS = 1000;
const OVERLOAD_LOG_MS = 1000;

/** Mounts pure routes on node:http. No framework between: this path decides how fast one row is answered. */
export class HttpHost {
  readonly server: Server;
  readonly #options: HostOptions;
  readonly #router: Router<MountedRoute>;
  readonly #firstProtocol: Protocol;
  readonly #sockets = new Set<Socket>();
  #isDraining = false;
  /** Requests refused for overload since the log told of them, and when it did. */
  #refused = 0;
  #toldAt = -OVERLOAD_LOG_MS;

  constructor(options: HostOptions) {
    this.#options = options;
    const { protocols, routes, limits } = options;
    this.#firstProtocol = protocols[0] as Protocol;
    this.#router = new Router(routes);
    this.server = createSocketServer(limits, options.tls);
    this.server.maxConnections = limits.maxConnections;
    this.server.on('request', (request, response) => this.#handle(request, response));
    this.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      this.#handle(request, response, true),
    );
    this.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
      this.#handle(request, response),
    );
    this.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseBroken(error, socket, limits.maxHeaderBytes),
    );
  }

  /** From now on every answer closes its connection. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Closes connections without a request; Node takes those that never sent a byte for busy ones. */
  closeIdle(): void {
    this.server.close();
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  #handle(request: IncomingMessage, response: ServerResponse, wantsContinue = false): void {
    const { metrics, tracer, requestLog } = this.#options;
    metrics.inFlight++;
    const call = new HttpCall(request, response);
    if (tracer) call.trace = tracer.begin(call.givenTrace, call.header('tracestate'));
    if (requestLog?.chooses()) call.notes.kept = [];
    response.on('close', () => this.#closed(call, response));
    try {
      const { gate, plane, tls, cors } = this.#options;
      if (tls || cors) {
        const answer = addBrowserHeaders(call, tls !== undefined, cors);
        if (answer) return this.#send(answer, call, response, '');
      }
      if (call.path[0] !== '/')
        throw fail('INVALID_REQUEST', { problem: `The request target ${call.path} is not a path of this server.` });
      const found = this.#router.find(call.method === 'HEAD' ? 'GET' : call.method, call.path);
      const route = found === undefined || isMethods(found) ? undefined : found;
      if (route) {
        call.params = route.params;
        call.wire = route.route.protocol.id;
      }
      const admitted = gate(call, route?.route, plane);
      if (!(admitted instanceof Promise)) return this.#admit(found, call, request, response, admitted, wantsContinue);
      admitted.then(
        (own) => this.#admit(found, call, request, response, own, wantsContinue),
        (error: unknown) => this.#refuse(error, this.#protocolOf(call.path), call, request, response),
      );
    } catch (error) {
      // In the form of the wire, which the path alone tells: whether there is such a model, or route, it does not.
      this.#refuse(error, this.#protocolOf(call.path), call, request, response);
    }
  }

  /** Reads the body of a request that may be made, and answers it. */
  #admit(
    found: Match<MountedRoute> | readonly string[] | undefined,
    call: HttpCall,
    request: IncomingMessage,
    response: ServerResponse,
    plane: Plane,
    wantsContinue: boolean,
  ): void {
    try {
      const route = found === undefined || isMethods(found) ? undefined : found;
      if (!route) return this.#withoutRoute(found as readonly string[] | undefined, call, response);
      call.readTimeout();
      if (!BODY_METHODS.has(call.method)) return this.#answer(route.route, call, response, plane);
      const refusal = takesTurns(route.route) ? turns.refusal() : undefined;
      // Node throws away the body of a request that is answered before; the connection stays.
      if (refusal) return this.#fail(refusal, route.route.protocol, call, response, route.route.path);
      if (route.route.streams) {
        call.incoming = request;
        if (wantsContinue) response.writeContinue();
        return this.#answer(route.route, call, response, plane);
      }
      if (wantsContinue && !(Number(call.header('content-length')) > this.#options.limits.maxBodyBytes))
        response.writeContinue();
      readBody(request, call, this.#options.limits.maxBodyBytes, (error) => {
        if (error === undefined) this.#inTurn(route.route, call, response, plane);
        else if (error instanceof SlipwayError) this.#refuse(error, route.route.protocol, call, request, response);
      });
    } catch (error) {
      this.#refuse(error, this.#protocolOf(call.path), call, request, response);
    }
  }

  /** Whose form of error a path gets that has no route. */
  #protocolOf(path: string): Protocol {
    const isBelow = (prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);
    return this.#options.protocols.find(({ prefixes = [] }) => prefixes.some(isBelow)) ?? this.#firstProtocol;
  }

  /** A path that nothing answers, or that takes other methods: OPTIONS tells which. */
  #withoutRoute(methods: readonly string[] | undefined, call: HttpCall, response: ServerResponse): void {
    const { method, path } = call;
    if (methods === undefined) throw fail('ROUTE_NOT_FOUND', { method, path: path.slice(0, 200) });
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
    if (method === 'OPTIONS')
      return this.#send({ status: 204, headers: ['allow', allow], body: '' }, call, response, '');
    response.setHeader('allow', allow);
    throw fail('METHOD_NOT_ALLOWED', { method, path, allow });
  }

  /** Answers now, or when it is this request's turn; nobody answers a client that has gone meanwhile. */
  #inTurn(route: MountedRoute, call: HttpCall, response: ServerResponse, plane: Plane): void {
    if (!takesTurns(route) || turns.isFree()) return this.#answer(route, call, response, plane);
    const refusal = turns.refusal();
    if (refusal) this.#fail(refusal, route.protocol, call, response, route.path);
    else turns.wait(() => response.destroyed || this.#answer(route, call, response, plane));
  }

  #answer(route: MountedRoute, call: HttpCall, response: ServerResponse, plane: Plane): void {
    call.handledAt = performance.now();
    try {
      if (call.body.length > 0) checkDepth(call, this.#options.limits.maxJsonDepth);
      running.notes = call.notes;
      const reply = route.handle(call, plane.forCall?.(call) ?? plane);
      running.notes = undefined;
      if (!(reply instanceof Promise)) return this.#send(reply, call, response, route.path);
      // Loading a model takes no signal; a client that gave itself a time is answered in time.
      const awaited = call.hasDeadline ? raced(reply, call.signal) : reply;
      awaited.then(
        (ready) => this.#send(ready, call, response, route.path),
        (error: unknown) => this.#fail(error, route.protocol, call, response, route.path),
      );
    } catch (error) {
      running.notes = undefined;
      this.#fail(error, route.protocol, call, response, route.path);
    }
  }

  #fail(error: unknown, protocol: Protocol, call: HttpCall, response: ServerResponse, path: string): void {
    if (error instanceof ClientGone) return;
    if (call.incoming && !call.incoming.complete) return this.#refuse(error, protocol, call, call.incoming, response);
    this.#send(protocol.fail(this.#known(error, call), call), call, response, path);
  }

  /** Refuses before the body was read: the rest of it is thrown away, and the connection ends. */
  #refuse(
    error: unknown,
    protocol: Protocol,
    call: HttpCall,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const known = this.#known(error, call);
    call.wire ||= protocol.id;
    const reply =
      protocol.fail === this.#firstProtocol.fail ? problem(known, call.requestId) : protocol.fail(known, call);
    if (request.complete || !BODY_METHODS.has(call.method)) return this.#send(reply, call, response, '');
    response.shouldKeepAlive = false;
    const timer = setTimeout(() => request.destroy(), LINGER_MS);
    request.on('end', () => clearTimeout(timer));
    request.on('close', () => clearTimeout(timer));
    request.resume();
    this.#send(reply, call, response, '', () =>
      request.complete ? response.end() : request.once('end', () => response.end()),
    );
  }

  #known(error: unknown, call: HttpCall): SlipwayError {
    call.code = error instanceof SlipwayError ? error.code : 'INTERNAL';
    if (error instanceof SlipwayError) {
      if (error.code === 'OVERLOADED') this.#tellOverload(error);
      else if (error.status >= 500)
        this.#options.log.warn('request failed', {
          code: error.code,
          problem: error.message,
          request_id: call.requestId,
        });
      return error;
    }
    this.#options.log.error('internal error', {
      error,
      method: call.method,
      path: call.path,
      request_id: call.requestId,
    });
    return fail('INTERNAL', {}, { cause: error });
  }

  /** One line a second: a line for each would be work that an overloaded server has no time for. */
  #tellOverload({ message }: SlipwayError): void {
    this.#refused++;
    const now = performance.now();
    if (now - this.#toldAt < OVERLOAD_LOG_MS) return;
    this.#options.log.warn('overloaded', { refused: this.#refused, problem: message });
    this.#toldAt = now;
    this.#refused = 0;
  }

  #send(reply: Reply, call: HttpCall, response: ServerResponse, path: string, end?: () => void): void {
    call.finish();
    if (response.destroyed) return;
    if (this.#isDraining) response.shouldKeepAlive = false;
    call.route = path;
    call.model = reply.model ?? call.notes.model?.label ?? '';
    try {
      sendReply(reply, call, response, this.#options, end);
      call.sentAt = performance.now();
    } catch (error) {
      this.#options.log.error('answer not sent', { error, path: call.path, request_id: call.requestId });
      response.destroy();
    }
  }

  #closed(call: HttpCall, response: ServerResponse): void {
    const { metrics } = this.#options;
    metrics.inFlight--;
    metrics.bytesIn += call.received;
    const isAnswered = response.writableFinished;
    if (!isAnswered) metrics.clientsGone++;
    finish(call, isAnswered ? response.statusCode : 499, this.#options);
  }
}

/** Operators get through however much there is to predict. */
function takesTurns({ protocol }: MountedRoute): boolean {
  return protocol.id !== MANAGEMENT;
}

function isMethods<T>(found: Match<T> | readonly string[]): found is readonly string[] {
  return Array.isArray(found);
}
