import { isIPv6, Server as NetServer, type AddressInfo } from 'node:net';
import { fail } from '@slipway/core/errors';
import {
  loadGrpc,
  mountRoutes,
  native,
  problem,
  vertexAi,
  wires,
  type MountedRoute,
  type Protocol,
  type Route,
  type VertexRoutes,
} from '@slipway/core/protocols';
import { openOidc, type KeySource, type OidcSettings } from '../access/index.ts';
import { EndpointPlane, type ModelPlane } from '../engine/index.ts';
import type { RequestLog } from '../journal/index.ts';
import type { Home } from '../registry/index.ts';
import { addProcessMetrics, Metrics, silentLog, type Log, type Tracer } from '../telemetry/index.ts';
import { addEngineMetrics } from './engine-metrics.ts';
import { addJournalMetrics } from './journal-metrics.ts';
import { HttpHost, type HostLimits } from './host.ts';
import { gateFor, openKeyring, shareUses } from './open-gate.ts';
import { readCors } from './cors.ts';
import { aliasRoutes } from './routes/aliases.ts';
import { auditRoutes } from './routes/audit.ts';
import { endpointRoutes } from './routes/endpoints.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { healthRoutes } from './routes/health.ts';
import { keyRoutes } from './routes/keys.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { pageRoutes } from './routes/pages.ts';
import { enabledWires, type EnabledWire } from './enabled-wires.ts';
import type { TlsPaths } from './tls/files.ts';
import { openTls } from './tls/reload.ts';
import type { Member } from './workers/member.ts';

export interface ServerLimits extends HostLimits {
  /** For running requests to finish when the server stops. */
  readonly drainTimeoutMs: number;
}

export interface ServerOptions {
  readonly plane: ModelPlane;
  /** Version of Slipway, for documents and pages. */
  readonly version: string;
  readonly host?: string | undefined;
  /** 0 takes a free one. */
  readonly port?: number | undefined;
  /**
   * `platform`: whoever is in front authenticates; then only prediction, health and metrics are there. `keys`: a key is needed
   * even on loopback. `oidc`: a key or a token. Undefined: on loopback as soon as there is a key, elsewhere always.
   */
  readonly auth?: 'platform' | 'keys' | 'oidc' | undefined;
  /** Whose tokens are taken; for `oidc`. */
  readonly oidc?: OidcSettings | undefined;
  /** Certificates: the server speaks HTTPS. */
  readonly tls?: TlsPaths | undefined;
  /** Origins whose pages may call from browsers: `https://app.example, …`. */
  readonly corsOrigin?: string | undefined;
  /** Holds what management changes, and the keys. */
  readonly home?: Home | undefined;
  /** Keys without management. */
  readonly keys?: KeySource | undefined;
  /** For gRPC; off unless given. 0 takes a free one. */
  readonly grpcPort?: number | undefined;
  readonly limits?: Partial<ServerLimits> | undefined;
  readonly log?: Log | undefined;
  readonly accessLog?: boolean | undefined;
  /** Requests are traced; closed with the server. */
  readonly tracer?: Tracer | undefined;
  /** Keeps a share of the requests; closed with the server. */
  readonly requestLog?: RequestLog | undefined;
  /** This process is one of several that share the port. */
  readonly member?: Member | undefined;
  /** Wires that are off unless enabled, and wires that get a port of their own. */
  readonly wires?: readonly EnabledWire[] | undefined;
  /** Routes that Vertex AI names. */
  readonly vertex?: VertexRoutes | undefined;
}

export interface RunningServer {
  /** Where a program on this machine reaches it: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** Where gRPC listens. */
  readonly grpcPort: number | undefined;
  /** URLs of the wires with a port of their own. */
  readonly wireUrls: Readonly<Record<string, string>>;
  /** What the port answers. */
  readonly routes: readonly MountedRoute[];
  /** Stops accepting, lets running requests finish within the drain timeout, then closes. May be called again. */
  close(): Promise<void>;
}

const defaultLimits: ServerLimits = {
  maxBodyBytes: 64 * 1024 ** 2,
  maxHeaderBytes: 16 * 1024,
  maxJsonDepth: 64,
  maxConnections: 10_000,
  requestTimeoutMs: 60_000,
  drainTimeoutMs: 25_000,
};

/** Starts the HTTP server. ADDRESS_IN_USE when the port is taken, KEYS_REQUIRED for open addresses without a platform. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { plane, version, host = '127.0.0.1', port = 8080, auth, log = silentLog, accessLog = false } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const cors = readCors(options.corsOrigin);
  const tls = options.tls && openTls(options.tls, log);
  const keyring = auth === 'platform' ? undefined : await openKeyring(options);
  const oidc = auth === 'oidc' && options.oidc ? await openOidc(options.oidc, log) : undefined;
  const gate = gateFor(host, auth, keyring, oidc, cors);

  const metrics = new Metrics();
  addProcessMetrics(metrics);
  options.member?.onSnapshot(() => metrics.families());
  const unshare = keyring && options.member && shareUses(keyring, options.member);
  const endpoints = new EndpointPlane(plane, log);
  const { tracer, requestLog, home: { feedback } = {} } = options;
  addEngineMetrics(metrics, plane, endpoints, tracer);
  addJournalMetrics(metrics, feedback, requestLog);
  const unwatchFeedback = feedback?.watch();
  const documented: MountedRoute[] = [];
  const enabled = enabledWires(options.wires);
  const vertex = vertexAi(options.vertex ?? {});
  const always: Protocol[] = [native, operations(auth === 'platform'), ...wires, ...enabled.here];
  documented.push(...mountRoutes(always, [vertex]));
  const shared = { plane: endpoints, limits, metrics, log, accessLog, tracer, requestLog, gate, tls, cors };
  const http: HttpHost = new HttpHost({ ...shared, protocols: [...always, vertex], routes: documented });
  const { member } = options;
  const isShared = member !== undefined && process.platform === 'linux';
  await listen(http, host, member?.port ?? port, isShared);
  const others: { readonly name: string; readonly host: HttpHost }[] = [];
  for (const { name, port: own, protocol } of enabled.apart) {
    const other = new HttpHost({ ...shared, protocols: [protocol], routes: mountRoutes([protocol]) });
    await listen(other, host, own, isShared);
    others.push({ name, host: other });
  }
  const grpc = options.grpcPort === undefined ? undefined : await startGrpc(options.grpcPort);
  const urlOf = ({ server }: HttpHost): string =>
    `${tls ? 'https' : 'http'}://${reachable(host)}:${(server.address() as AddressInfo).port}`;
  const closeHosts = async (): Promise<void> => {
    const hosts = [http, ...others.map((other) => other.host)];
    await Promise.all([
      ...hosts.map((one) => close(one, limits.drainTimeoutMs, log)),
      grpc?.host.close(limits.drainTimeoutMs),
    ]);
  };
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(http),
    host,
    port: (http.server.address() as AddressInfo).port,
    metrics,
    grpcPort: grpc?.port,
    routes: documented,
    wireUrls: Object.fromEntries(others.map((other) => [other.name, urlOf(other.host)])),
    close: () =>
      (closing ??= closeHosts().then(async () => {
        endpoints.close();
        unshare?.();
        tls?.close();
        oidc?.close();
        await keyring?.close();
        unwatchFeedback?.();
        await Promise.all([tracer?.exporter.close(), requestLog?.close()]);
      })),
  };

  async function startGrpc(asked: number) {
    const { GrpcHost } = await import('./grpc/grpc-host.ts');
    const grpcHost = new GrpcHost(shared, await loadGrpc());
    await listen(grpcHost, host, member?.grpcPort ?? asked, isShared);
    return { host: grpcHost, port: (grpcHost.server.address() as AddressInfo).port };
  }

  function operations(withoutManagement: boolean): Protocol {
    const routes: Route[] = [...healthRoutes(plane, () => http.isDraining), ...metricsRoutes(metrics, options.member)];
    // Without pages, `GET /` is Azure ML's.
    if (!withoutManagement)
      routes.push(
        ...modelRoutes(plane),
        ...openApiRoutes(plane, version, true, options.home !== undefined, documented),
        ...pageRoutes(plane, version),
      );
    const { home } = options;
    if (keyring && home)
      routes.push(
        ...aliasRoutes(home.registry),
        ...endpointRoutes(home.endpoints, endpoints),
        ...keyRoutes(home.keys, () => keyring.reload()),
        ...auditRoutes(home.rows),
        ...feedbackRoutes(home.feedback, requestLog !== undefined),
      );
    return {
      id: 'operations',
      title: 'Health, metrics, management and pages',
      routes,
      fail: (error, call) => problem(error, call.requestId),
    };
  }
}

function listen(http: { readonly server: NetServer }, host: string, port: number, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(fail('ADDRESS_IN_USE', { host, port }, { cause: error }));
      else if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
        const why = `Cannot listen on ${host}:${port}: ${error.message}.`;
        reject(
          fail(
            'USAGE',
            { problem: why, advice: 'Choose another --host or --port; ports below 1024 need rights of the system.' },
            { cause: error },
          ),
        );
      } else reject(error);
    };
    http.server.once('error', refuse);
    http.server.listen({ host, port, reusePort, backlog: 1024 }, () => {
      http.server.off('error', refuse);
      resolve();
    });
  });
}

/** A connection that is idle for so long while the server stops has no request on its way. */
const IDLE_GRACE_MS = 250;

async function close(http: HttpHost, drainTimeoutMs: number, log: Log): Promise<void> {
  http.drain();
  // Only accepting stops here. Closing idle connections at once, as http.Server does, would reset those whose next
  // request is under way; answers close theirs anyway.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(http.server, () => resolve()));
  const idle = setTimeout(() => http.closeIdle(), Math.min(IDLE_GRACE_MS, drainTimeoutMs));
  const late = setTimeout(() => {
    log.warn('requests were cut off', { ms: drainTimeoutMs });
    http.server.closeAllConnections();
  }, drainTimeoutMs);
  await closed;
  clearTimeout(idle);
  clearTimeout(late);
  // Ends the timer that looks for slow requests.
  http.server.close();
}

/** `0.0.0.0` and `::` are no addresses to call. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}
