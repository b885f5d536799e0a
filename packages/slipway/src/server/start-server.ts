import type { AddressInfo } from 'node:net';
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
import { ServiceAudit } from './audited.ts';
import { addEngineMetrics } from './engine-metrics.ts';
import { addJournalMetrics } from './journal-metrics.ts';
import { HttpHost, type HostLimits } from './host.ts';
import { close, listen, reachable } from './listening.ts';
import { gateFor, limitsOf, openKeyring, shareUses } from './open-gate.ts';
import { readCors } from './cors.ts';
import { aliasRoutes } from './routes/aliases.ts';
import { auditRoutes } from './routes/audit.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { endpointRoutes } from './routes/endpoints.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { pageRoutes } from './routes/pages.ts';
import { webhookRoutes } from './routes/webhooks.ts';
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
  /** Folders that batch jobs over HTTP may use; none are made without. */
  readonly batchRoots?: readonly string[] | undefined;
  /** This process is one of several that share the port. */
  readonly member?: Member | undefined;
  /** Wires that are off unless enabled, and wires that get a port of their own. */
  readonly wires?: readonly EnabledWire[] | undefined;
  /** What else this port speaks: MLflow's tracking and registry. */
  readonly moreWires?: readonly Protocol[] | undefined;
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
  const gate = gateFor(host, auth, keyring, oidc && { oidc, limits: limitsOf(options.oidc) }, cors);

  const metrics = new Metrics();
  addProcessMetrics(metrics);
  options.member?.onSnapshot(() => metrics.families());
  const unshare = keyring && options.member && shareUses(keyring, options.member);
  const endpoints = new EndpointPlane(plane, log);
  const { member } = options;
  if (member) plane.announce = (change) => member.tellService(change);
  member?.onService((change) => void plane.follow(change));
  const { tracer, requestLog, home: { feedback } = {} } = options;
  addEngineMetrics(metrics, plane, endpoints, tracer);
  addJournalMetrics(metrics, feedback, requestLog);
  const unwatchFeedback = feedback?.watch();
  const documented: MountedRoute[] = [];
  const enabled = enabledWires(options.wires);
  const vertex = vertexAi(options.vertex ?? {});
  const isPlatform = auth === 'platform';
  // Who is in front authenticates callers of models, and knows nothing of management; what was enabled by name stays.
  const open = isPlatform ? wires.map(withoutManagement) : wires;
  const audit = options.home && new ServiceAudit(options.home.rows, log);
  const noted = (protocol: Protocol): Protocol => audit?.wire(protocol) ?? protocol;
  const always: Protocol[] = [
    native,
    operations(isPlatform),
    ...[...open, ...enabled.here].map(noted),
    ...(options.moreWires ?? []),
  ];
  documented.push(...mountRoutes(always, [vertex]));
  const shared = { plane: endpoints, limits, metrics, log, accessLog, tracer, requestLog, gate, tls, cors };
  const http: HttpHost = new HttpHost({ ...shared, protocols: [...always, vertex], routes: documented });
  const isShared = member !== undefined && process.platform === 'linux';
  await listen(http, host, member?.port ?? port, isShared);
  const others: { readonly name: string; readonly host: HttpHost }[] = [];
  for (const { name, port: own, protocol } of enabled.apart) {
    const wire = noted(protocol);
    const other = new HttpHost({ ...shared, protocols: [wire], routes: mountRoutes([wire]) });
    await listen(other, host, own, isShared);
    others.push({ name, host: other });
  }
  const grpc = options.grpcPort === undefined ? undefined : await startGrpc(options.grpcPort);
  const urlOf = ({ server }: HttpHost): string =>
    `${tls ? 'https' : 'http'}://${reachable(host)}:${(server.address() as AddressInfo).port}`;
  const drained = (): Promise<void> => {
    endpoints.drain();
    return closeHosts();
  };
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
      (closing ??= drained().then(async () => {
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
    const serves = isPlatform ? isForCallers : undefined;
    const grpcHost = new GrpcHost({ ...shared, serves, audit }, await loadGrpc());
    await listen(grpcHost, host, member?.grpcPort ?? asked, isShared);
    return { host: grpcHost, port: (grpcHost.server.address() as AddressInfo).port };
  }

  function operations(isPlatformOnly: boolean): Protocol {
    const routes: Route[] = [...healthRoutes(plane, () => http.isDraining), ...metricsRoutes(metrics, options.member)];
    // Without pages, `GET /` is Azure ML's.
    if (!isPlatformOnly)
      routes.push(
        ...modelRoutes(plane),
        ...openApiRoutes(plane, version, true, options.home !== undefined, documented),
        ...pageRoutes(plane, version),
      );
    const { home } = options;
    if (keyring && home)
      routes.push(
        ...aliasRoutes(home.registry),
        ...catalogRoutes(home),
        ...webhookRoutes(home.webhooks),
        ...endpointRoutes(home.endpoints, endpoints),
        ...keyRoutes(home.keys, () => keyring.reload()),
        ...auditRoutes(home.rows),
        ...feedbackRoutes(home.feedback, requestLog !== undefined),
        ...jobRoutes({ jobs: home.jobs, roots: options.batchRoots ?? [], isDraining: () => http.isDraining }),
      );
    return {
      id: 'operations',
      title: 'Health, metrics, management and pages',
      routes,
      fail: (error, call) => problem(error, call.requestId),
    };
  }
}

/** Prediction, health and what models say of themselves. */
function isForCallers({ access = 'predict' }: Pick<Route, 'access'>): boolean {
  return access === 'predict' || access === 'public';
}

function withoutManagement(protocol: Protocol): Protocol {
  return { ...protocol, routes: protocol.routes.filter(isForCallers) };
}
