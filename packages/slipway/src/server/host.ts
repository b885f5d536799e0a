import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { fail, SlipwayError } from '@slipway/core/errors';
import { problem, Router, type Plane, type Protocol, type Reply, type Route } from '@slipway/core/protocols';
import type { Log, Metrics } from '../telemetry/index.ts';
import { readBody } from './body.ts';
import { ClientGone, HttpCall } from './http-call.ts';
import { refuseBroken } from './broken-request.ts';
import { createServer } from './node-http.ts';
import { sendReply } from './send-reply.ts';

export interface HostLimits {
  /** Of a body, as it was sent and decompressed. */
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  /** For headers and body together. */
  readonly requestTimeoutMs: number;
}

export interface HostOptions {
  readonly protocols: readonly Protocol[];
  readonly plane: Plane;
  readonly limits: HostLimits;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly accessLog: boolean;
  /** Throws for requests that this server does not take, whatever their route. */
  readonly guard?: ((call: HttpCall) => void) | undefined;
}

/** A route with the wire that it belongs to. */
interface Mounted extends Route {
  readonly protocol: Protocol;
}

const MAX_HEADER_BYTES = 16 * 1024;
const BODY_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** How long what is left of a refused body is thrown away, so that the client gets to read the answer. */
const LINGER_MS = 1000;

/** Mounts pure routes on node:http. No framework between: this path decides how fast one row is answered. */
export class HttpHost {
  readonly server: Server;
  readonly #options: HostOptions;
  readonly #router: Router<Mounted>;
  readonly #firstProtocol: Protocol;
  readonly #sockets = new Set<Socket>();
  #isDraining = false;

  constructor(options: HostOptions) {
    this.#options = options;
    const { protocols, limits } = options;
    this.#firstProtocol = protocols[0] as Protocol;
    this.#router = new Router(
      protocols.flatMap((protocol) => protocol.routes.map((route) => ({ ...route, protocol }))),
    );
    this.server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: Math.min(limits.requestTimeoutMs, 15_000),
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, limits.requestTimeoutMs),
      // Longer than the usual 60 s of load balancers, which otherwise may send into a connection that is closing.
      keepAliveTimeout: 65_000,
      noDelay: true,
    });
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
      refuseBroken(error, socket, MAX_HEADER_BYTES),
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
    this.#options.metrics.inFlight++;
    const call = new HttpCall(request, response);
    response.on('close', () => this.#closed(call, response));
    try {
      if (call.path[0] !== '/')
        throw fail('INVALID_REQUEST', { problem: `The request target ${call.path} is not a path of this server.` });
      this.#options.guard?.(call);
      const route = this.#routeOf(call, response);
      if (route === undefined) return;
      call.params = route.params;
      call.readTimeout();
      if (!BODY_METHODS.has(call.method)) return this.#answer(route.route, call, response);
      if (wantsContinue && !(Number(call.header('content-length')) > this.#options.limits.maxBodyBytes))
        response.writeContinue();
      readBody(request, call, this.#options.limits.maxBodyBytes, (error) => {
        if (error === undefined) this.#answer(route.route, call, response);
        else if (error instanceof SlipwayError) this.#refuse(error, route.route.protocol, call, request, response);
      });
    } catch (error) {
      this.#refuse(error, this.#firstProtocol, call, request, response);
    }
  }

  /** The route, or undefined when OPTIONS was answered. HEAD takes the route of GET. */
  #routeOf(call: HttpCall, response: ServerResponse) {
    const { method, path } = call;
    const found = this.#router.find(method === 'HEAD' ? 'GET' : method, path);
    if (found === undefined) throw fail('ROUTE_NOT_FOUND', { method, path: path.slice(0, 200) });
    if (!Array.isArray(found)) return found as Exclude<typeof found, readonly string[]>;
    const methods = found as readonly string[];
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
    if (method === 'OPTIONS') {
      this.#send({ status: 204, headers: ['allow', allow], body: '' }, call, response, path);
      return undefined;
    }
    response.setHeader('allow', allow);
    throw fail('METHOD_NOT_ALLOWED', { method, path, allow });
  }

  #answer(route: Mounted, call: HttpCall, response: ServerResponse): void {
    try {
      const reply = route.handle(call, this.#options.plane);
      if (!(reply instanceof Promise)) return this.#send(reply, call, response, route.path);
      reply.then(
        (ready) => this.#send(ready, call, response, route.path),
        (error: unknown) => this.#fail(error, route.protocol, call, response, route.path),
      );
    } catch (error) {
      this.#fail(error, route.protocol, call, response, route.path);
    }
  }

  #fail(error: unknown, protocol: Protocol, call: HttpCall, response: ServerResponse, path: string): void {
    if (error instanceof ClientGone) return;
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
    if (error instanceof SlipwayError) {
      if (error.status >= 500)
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

  #send(reply: Reply, call: HttpCall, response: ServerResponse, path: string, end?: () => void): void {
    call.finish();
    if (response.destroyed) return;
    if (this.#isDraining) response.shouldKeepAlive = false;
    call.route = path;
    call.model = reply.model ?? '';
    try {
      sendReply(reply, call, response, this.#options, end);
    } catch (error) {
      this.#options.log.error('answer not sent', { error, path: call.path, request_id: call.requestId });
      response.destroy();
    }
  }

  #closed(call: HttpCall, response: ServerResponse): void {
    const { metrics, log, accessLog } = this.#options;
    metrics.inFlight--;
    metrics.bytesIn += call.received;
    const isAnswered = response.writableFinished;
    const status = isAnswered ? response.statusCode : 499;
    if (!isAnswered) metrics.clientsGone++;
    const seconds = (performance.now() - call.startedAt) / 1000;
    metrics.observe(call.route || 'none', call.model, status, seconds);
    if (!accessLog) return;
    log.info('request', {
      method: call.method,
      path: call.path,
      status,
      ms: Math.round(seconds * 1e6) / 1000,
      bytes: call.sent,
      model: call.model || undefined,
      request_id: call.requestId,
    });
  }
}
