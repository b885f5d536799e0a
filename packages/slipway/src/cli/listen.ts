import { join } from 'node:path';
import { fail } from '@slipway/core/errors';
import type { Protocol } from '@slipway/core/protocols';
import type { SizeLimits } from '@slipway/core/signature';
import { resolveSettings, settings, type SettingName } from '../config/index.ts';
import type { ModelPlane, ServedModel } from '../engine/index.ts';
import { version } from '../intake/version.ts';
import type { KeySource } from '../access/index.ts';
import { loadRequestLog, parseRedactions } from '../journal/index.ts';
import type { Home } from '../registry/index.ts';
import { memberOf, startServer, stopOnSignals, type EnabledWire } from '../server/index.ts';
import { createLog, openTracer, type Log } from '../telemetry/index.ts';
import { accessOf } from './access-options.ts';
import { announce } from './announce.ts';
import type { Context, Flag } from './command.ts';

/** Settings that are flags of `serve` and `up`. The room of settings reads their variables itself. */
const names = Object.keys(settings).filter((name) => name !== 'home') as SettingName[];

export const serverFlags: readonly Flag[] = names.map((name): Flag => {
  const { kind, help, env } = settings[name];
  const fallback = settings[name].default;
  const preset = fallback === undefined || help.includes(fallback) ? '' : ` (default: ${fallback})`;
  const variables = ` [${env.join(', ')}]`;
  return {
    name,
    ...(kind === 'switch' ? {} : { value: placeholder(name) }),
    help: `${help}${preset}${variables}`,
    env: false,
  };
});

/** What a server is started with, from flags, environment and defaults. */
export function serverSettings({ flags, environment }: Context) {
  const given = Object.fromEntries(
    names.map((name) => [
      name,
      settings[name].kind === 'switch' ? (flags.has(name) ? 'true' : undefined) : flags.text(name),
    ]),
  );
  const { values } = resolveSettings(given, environment);
  // What makes no sense together is told before anything is opened.
  accessOf(values);
  return values;
}

export type ServerSettings = ReturnType<typeof serverSettings>;

/** What one request may ask of a model. */
export function sizesOf(values: ServerSettings): SizeLimits {
  return { maxRows: values['max-rows'], maxElements: values['max-elements'] };
}

/** How much memory models may take: of several workers, each has its part. */
export function memoryOf(values: ServerSettings): { maxLoaded: number; budgetBytes: number | undefined } {
  const budget = values['memory-budget'];
  return {
    maxLoaded: values['max-loaded'],
    budgetBytes: budget === undefined ? undefined : Math.floor(budget / values.workers),
  };
}

/** References that `--pin` names. */
export function pinsOf({ pin = '' }: ServerSettings): string[] {
  return pin
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function serverLog(values: ServerSettings): Log {
  const format = values.log ?? (process.stderr.isTTY ? 'text' : 'json');
  return createLog({ format, write: (line) => void process.stderr.write(line) });
}

export interface ListenOptions {
  readonly plane: ModelPlane;
  readonly settings: ServerSettings;
  readonly log: Log;
  /** A model for the line that users paste. */
  readonly example: ServedModel | undefined;
  /** Keys and registry, where the command opened them. */
  readonly home?: Home | undefined;
  /** Keys alone, where there is no registry. */
  readonly keys?: KeySource | undefined;
  /** What the port speaks beside the wires of every server. */
  readonly moreWires?: readonly Protocol[] | undefined;
  /** Closes what the command opened. */
  readonly close: () => Promise<void>;
}

/** Listens until SIGTERM or SIGINT, then lets running requests finish. */
export async function listen(
  context: Context,
  { plane, settings: values, log, example, home, keys, moreWires, close }: ListenOptions,
): Promise<number> {
  const { json, terminal, environment } = context;
  const member = memberOf();
  const server = await startServer({
    member,
    plane,
    version,
    home,
    keys,
    host: values.host,
    port: values.port,
    grpcPort: values['grpc-port'],
    ...accessOf(values),
    log,
    accessLog: values['access-log'],
    requestLog: await requestLogOf(context, values, home, log),
    tracer: openTracer({ endpoint: values['otlp-endpoint'], environment, version, log }),
    batchRoots: values['batch-root']?.split(',').filter(Boolean),
    wires: wiresOf(values.wire),
    moreWires,
    vertex: {
      predict: vertexRoute('AIP_PREDICT_ROUTE', environment),
      health: vertexRoute('AIP_HEALTH_ROUTE', environment),
    },
    limits: {
      maxBodyBytes: values['max-body'],
      maxHeaderBytes: values['max-headers'],
      maxJsonDepth: values['max-json-depth'],
      maxConnections: values['max-connections'],
      requestTimeoutMs: values['request-timeout'],
      drainTimeoutMs: values['drain-timeout'],
    },
  });
  const stopped = stopOnSignals(
    async () => {
      await server.close();
      await plane.close();
      await close();
    },
    log,
    member && ((asked) => member.onStop(asked)),
  );
  const command = example && curlLine(server.url, example);
  log.info('listening', { url: server.url, models: plane.loaded().map(({ label }) => label) });
  const ready = {
    url: server.url,
    host: server.host,
    port: server.port,
    grpcPort: server.grpcPort,
    wires: server.wireUrls,
    models: plane.loaded().map(({ label, runtimes }) => [label, runtimes] as const),
    command,
  };
  if (member) member.ready(ready);
  else announce(terminal, json, ready);
  await stopped;
  return 0;
}

/** Undefined unless it is asked for. */
async function requestLogOf({ home: folder }: Context, values: ServerSettings, home: Home | undefined, log: Log) {
  const redactions = parseRedactions(values.redact);
  if (values['request-log'] === 0) return undefined;
  const { RequestLog } = await loadRequestLog();
  return await RequestLog.open({
    folder: join(folder, 'requests'),
    rate: values['request-log'],
    maxBytes: values['request-log-bytes'],
    redactions,
    feedback: home?.feedback,
    log,
  });
}

/** `torchserve=8081,sagemaker` */
function wiresOf(text: string | undefined): EnabledWire[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [, name, port] = /^([\w-]+)(?:=(\d{1,5}))?$/.exec(part) ?? [];
      if (name === undefined || Number(port ?? 0) > 65535) {
        const problem = `--wire: expected NAME or NAME=PORT, received ${JSON.stringify(part)}.`;
        throw fail('USAGE', { problem, advice: 'For example --wire torchserve=8081.' });
      }
      return { name, port: port === undefined ? undefined : Number(port) };
    });
}

/** A route that Vertex AI asks for. */
function vertexRoute(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const path = environment[name];
  if (path === undefined || path === '') return undefined;
  if (/^\/[^{}?#\s]*$/.test(path)) return path;
  const problem = `${name}: expected a path such as /predict, received ${JSON.stringify(path)}.`;
  throw fail('USAGE', { problem, advice: 'Vertex AI sets it; leave it unset elsewhere.' });
}

/** A line that works when it is pasted into a shell. */
function curlLine(url: string, { name, example }: ServedModel): string | undefined {
  if (example === undefined) return undefined;
  const body = JSON.stringify(example).replaceAll("'", `'\\''`);
  return `curl ${url}/predict/${encodeURIComponent(name)} -H 'content-type: application/json' -d '${body}'`;
}

function placeholder(name: SettingName): string {
  const { kind } = settings[name];
  if (typeof kind !== 'string') return kind.join('|');
  return {
    text: 'TEXT',
    port: 'PORT',
    count: 'N',
    amount: 'N',
    bytes: 'SIZE',
    duration: 'TIME',
    share: 'SHARE',
    switch: '',
  }[kind];
}
