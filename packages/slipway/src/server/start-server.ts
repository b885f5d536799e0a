import { isIPv6, Server as NetServer, type AddressInfo } from 'node:net';
import { fail } from '@slipway/core/errors';
import { native, problem, type Protocol, type Route } from '@slipway/core/protocols';
import type { ModelPlane } from '../engine/index.ts';
import { addProcessMetrics, Metrics, silentLog, type Log } from '../telemetry/index.ts';
import { HttpHost, type HostLimits } from './host.ts';
import { isLoopbackAddress, refuseForeign } from './origin-guard.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { pageRoutes, plainRootRoutes } from './routes/pages.ts';

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
  /** `platform`: whoever is in front authenticates; then only prediction, health and metrics are there. */
  readonly auth?: 'platform' | undefined;
  readonly limits?: Partial<ServerLimits> | undefined;
  readonly log?: Log | undefined;
  readonly accessLog?: boolean | undefined;
  /** Several processes share the port (Linux). */
  readonly reusePort?: boolean | undefined;
}

export interface RunningServer {
  /** Where a program on this machine reaches it: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** Stops accepting, lets running requests finish within the drain timeout, then closes. May be called again. */
  close(): Promise<void>;
}

const defaultLimits: ServerLimits = {
  maxBodyBytes: 64 * 1024 ** 2,
  maxConnections: 10_000,
  requestTimeoutMs: 60_000,
  drainTimeoutMs: 25_000,
};

/** Starts the HTTP server. ADDRESS_IN_USE when the port is taken, KEYS_REQUIRED for open addresses without a platform. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const {
    plane,
    version,
    host = '127.0.0.1',
    port = 8080,
    auth,
    log = silentLog,
    accessLog = false,
    reusePort = false,
  } = options;
  const limits = { ...defaultLimits, ...options.limits };
  if (auth !== 'platform' && !isLoopbackAddress(host)) throw fail('KEYS_REQUIRED', { host });

  const metrics = new Metrics();
  addProcessMetrics(metrics);
  const isOpen = auth === 'platform';
  const http: HttpHost = new HttpHost({
    protocols: [native, operations(isOpen)],
    plane,
    limits,
    metrics,
    log,
    accessLog,
    guard: isOpen ? undefined : refuseForeign,
  });
  await listen(http, host, port, reusePort);
  const address = http.server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${reachable(host)}:${address.port}`,
    host,
    port: address.port,
    metrics,
    close: () => (closing ??= close(http, limits.drainTimeoutMs, log)),
  };

  function operations(withoutManagement: boolean): Protocol {
    const routes: Route[] = [...healthRoutes(plane, () => http.isDraining), ...metricsRoutes(metrics, plane)];
    if (withoutManagement) routes.push(...plainRootRoutes());
    else routes.push(...modelRoutes(plane), ...openApiRoutes(plane, version, true), ...pageRoutes(plane, version));
    return {
      id: 'operations',
      title: 'Health, metrics, management and pages',
      routes,
      fail: (error, call) => problem(error, call.requestId),
    };
  }
}

function listen(http: HttpHost, host: string, port: number, reusePort: boolean): Promise<void> {
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
