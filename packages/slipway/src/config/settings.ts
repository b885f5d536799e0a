import { fail } from '@slipway/core/errors';
import { parseSetting, type Kind, type ValueOf } from './kinds.ts';

interface Setting {
  readonly kind: Kind;
  /** Read in this order; the first that is set counts. */
  readonly env: readonly [string, ...string[]];
  readonly default: string | undefined;
  readonly help: string;
}

/** Every setting of a server: `--name` on the command line, a variable in the environment, or the default. */
export const settings = {
  home: {
    kind: 'text',
    env: ['SLIPWAY_HOME'],
    default: undefined,
    help: 'Folder of all state; ~/.slipway unless set.',
  },
  host: { kind: 'text', env: ['SLIPWAY_HOST'], default: '127.0.0.1', help: 'Address to listen on.' },
  port: {
    kind: 'port',
    env: ['SLIPWAY_PORT', 'PORT', 'AIP_HTTP_PORT'],
    default: '8080',
    help: 'Port to listen on; 0 takes a free one.',
  },
  'grpc-port': {
    kind: 'port',
    env: ['SLIPWAY_GRPC_PORT'],
    default: undefined,
    help: 'Port for gRPC: Open Inference Protocol, TensorFlow Serving, health, reflection; 0 takes a free one. Off unless set.',
  },
  workers: { kind: 'count', env: ['SLIPWAY_WORKERS'], default: '1', help: 'Processes that share the port.' },
  auth: {
    kind: ['keys', 'oidc', 'platform'],
    env: ['SLIPWAY_AUTH'],
    default: undefined,
    help: 'keys: every request needs a key, also on loopback; oidc: or a token of --oidc-issuer; platform: the platform in front authenticates.',
  },
  'oidc-issuer': {
    kind: 'text',
    env: ['SLIPWAY_OIDC_ISSUER'],
    default: undefined,
    help: 'URL of the identity provider, exactly as its tokens name it.',
  },
  'oidc-audience': {
    kind: 'text',
    env: ['SLIPWAY_OIDC_AUDIENCE'],
    default: undefined,
    help: 'For whom tokens must be made out; several separated by commas.',
  },
  'oidc-jwks': {
    kind: 'text',
    env: ['SLIPWAY_OIDC_JWKS'],
    default: undefined,
    help: 'URL of the keys of the provider; found through the issuer unless set.',
  },
  'oidc-claim': {
    kind: 'text',
    env: ['SLIPWAY_OIDC_CLAIM'],
    default: 'scope',
    help: 'Claim of a token that says what its bearer may do, such as groups or realm_access.roles.',
  },
  'oidc-scopes': {
    kind: 'text',
    env: ['SLIPWAY_OIDC_SCOPES'],
    default: undefined,
    help: 'What values of the claim mean: ml-team=deploy+predict,shop=predict:churn, or a JSON file; themselves unless set.',
  },
  'oidc-rate': {
    kind: 'text',
    env: ['SLIPWAY_OIDC_RATE'],
    default: undefined,
    help: 'Requests per time of each subject of the provider, such as 100/s. No limit unless set.',
  },
  'oidc-quota': {
    kind: 'text',
    env: ['SLIPWAY_OIDC_QUOTA'],
    default: undefined,
    help: 'A second, longer limit of each subject, such as 1000000/day.',
  },
  'tls-cert': {
    kind: 'text',
    env: ['SLIPWAY_TLS_CERT'],
    default: undefined,
    help: 'Certificate chain (PEM file): the server speaks HTTPS. Read again when it changes.',
  },
  'tls-key': {
    kind: 'text',
    env: ['SLIPWAY_TLS_KEY'],
    default: undefined,
    help: 'Private key of --tls-cert (PEM file).',
  },
  'tls-client-ca': {
    kind: 'text',
    env: ['SLIPWAY_TLS_CLIENT_CA'],
    default: undefined,
    help: 'Only clients with a certificate of these authorities may connect (PEM file).',
  },
  'cors-origin': {
    kind: 'text',
    env: ['SLIPWAY_CORS_ORIGIN'],
    default: undefined,
    help: 'Origins whose pages may call the server from browsers, separated by commas; * for all.',
  },
  'max-body': {
    kind: 'bytes',
    env: ['SLIPWAY_MAX_BODY'],
    default: '64MiB',
    help: 'Largest request body, compressed or not.',
  },
  'max-headers': {
    kind: 'bytes',
    env: ['SLIPWAY_MAX_HEADERS'],
    default: '16KiB',
    help: 'Largest request line with headers.',
  },
  'max-json-depth': {
    kind: 'count',
    env: ['SLIPWAY_MAX_JSON_DEPTH'],
    default: '64',
    help: 'Deepest nesting of a JSON body.',
  },
  'max-rows': {
    kind: 'amount',
    env: ['SLIPWAY_MAX_ROWS'],
    default: '1000000',
    help: 'Rows in a request at most.',
  },
  'max-elements': {
    kind: 'amount',
    env: ['SLIPWAY_MAX_ELEMENTS'],
    default: '100000000',
    help: 'Numbers and texts in all rows of a request at most.',
  },
  'max-connections': {
    kind: 'count',
    env: ['SLIPWAY_MAX_CONNECTIONS'],
    default: '10000',
    help: 'Open connections at most.',
  },
  'request-timeout': {
    kind: 'duration',
    env: ['SLIPWAY_REQUEST_TIMEOUT'],
    default: '60s',
    help: 'Longest time for a request to arrive.',
  },
  'drain-timeout': {
    kind: 'duration',
    env: ['SLIPWAY_DRAIN_TIMEOUT'],
    default: '25s',
    help: 'Longest time for running requests to finish after SIGTERM.',
  },
  'max-loaded': {
    kind: 'count',
    env: ['SLIPWAY_MAX_LOADED'],
    default: '32',
    help: 'Model versions in memory at most.',
  },
  'memory-budget': {
    kind: 'bytes',
    env: ['SLIPWAY_MEMORY_BUDGET'],
    default: undefined,
    help: 'Memory for models, all workers together, such as 2GB: those not used for longest make room for others. No limit unless set.',
  },
  pin: {
    kind: 'text',
    env: ['SLIPWAY_PIN'],
    default: undefined,
    help: 'Models that are loaded at the start and stay in memory, separated by commas.',
  },
  wire: {
    kind: 'text',
    env: ['SLIPWAY_WIRE'],
    default: undefined,
    help: 'Wires that are off otherwise, or get a port of their own: NAME[=PORT], separated by commas.',
  },
  'model-place': {
    kind: 'text',
    env: ['SLIPWAY_MODEL_PLACE'],
    default: undefined,
    help: 'Folders from which clients may load models by path, separated by commas.',
  },
  'batch-root': {
    kind: 'text',
    env: ['SLIPWAY_BATCH_ROOT'],
    default: undefined,
    help: 'Folders that batch jobs over HTTP may read and write, separated by commas; none unless set.',
  },
  'artifact-root': {
    kind: 'text',
    env: ['SLIPWAY_ARTIFACT_ROOT'],
    default: undefined,
    help: 'Where packages lie: s3://bucket/prefix (credentials as for AWS tools), or a folder; in --home unless set.',
  },
  'webhook-allow': {
    kind: 'text',
    env: ['SLIPWAY_WEBHOOK_ALLOW'],
    default: undefined,
    help: 'Hosts that webhooks may call on the inner network or without encryption, separated by commas; others must be public and https.',
  },
  'require-signature': {
    kind: 'text',
    env: ['SLIPWAY_REQUIRE_SIGNATURE'],
    default: undefined,
    help: 'Serve only packages that one of these public keys signed (PEM files, separated by commas).',
  },
  threads: {
    kind: ['auto', 'off'],
    env: ['SLIPWAY_THREADS'],
    default: 'auto',
    help: 'auto: models that take more than 2 ms a row run in a thread of their own; off: all in one.',
  },
  log: {
    kind: ['text', 'json', 'off'],
    env: ['SLIPWAY_LOG'],
    default: undefined,
    help: 'text, json or off; text on a terminal, else json.',
  },
  'access-log': { kind: 'switch', env: ['SLIPWAY_ACCESS_LOG'], default: 'false', help: 'A log line for each request.' },
  'request-log': {
    kind: 'share',
    env: ['SLIPWAY_REQUEST_LOG'],
    default: 'off',
    help: 'Share of the requests whose rows and answers are kept in HOME/requests, from 0 to 1, or off.',
  },
  'request-log-bytes': {
    kind: 'bytes',
    env: ['SLIPWAY_REQUEST_LOG_BYTES'],
    default: '1GiB',
    help: 'Disk for the request log; the oldest rows go first.',
  },
  redact: {
    kind: 'text',
    env: ['SLIPWAY_REDACT'],
    default: undefined,
    help: 'Columns that the request log keeps as a hash only, separated by commas; COLUMN=drop leaves one out.',
  },
  'otlp-endpoint': {
    kind: 'text',
    env: ['SLIPWAY_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    default: undefined,
    help: 'OpenTelemetry collector for traces (OTLP over HTTP), such as http://127.0.0.1:4318. Off unless set.',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
type HasDefault<N extends SettingName> = (typeof settings)[N]['default'] extends string ? true : false;

/** Values with their types; undefined only where there is no default. */
export type Settings = {
  readonly [N in SettingName]: ValueOf<(typeof settings)[N]['kind']> | (HasDefault<N> extends true ? never : undefined);
};

/** Where a value came from. */
export type Origin = 'flag' | 'environment' | 'default';

export interface ResolvedSettings {
  readonly values: Settings;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

/** Resolves all settings: flag, then environment, then default. A value that cannot be is USAGE and names its source. */
export function resolveSettings(
  flags: Readonly<Partial<Record<SettingName, string | undefined>>>,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedSettings {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, setting] of Object.entries(settings) as [SettingName, Setting][]) {
    const { text, origin, source } = lookUp(name, setting, flags, environment);
    origins[name] = origin;
    values[name] = text === undefined ? undefined : parse(name, setting, text, source);
  }
  return { values: values as Settings, origins: origins as Record<SettingName, Origin> };
}

function lookUp(
  name: SettingName,
  setting: Setting,
  flags: Readonly<Partial<Record<SettingName, string | undefined>>>,
  environment: Readonly<Record<string, string | undefined>>,
) {
  const flag = flags[name];
  if (flag !== undefined) return { text: flag, origin: 'flag' as const, source: `--${name}` };
  const variable = setting.env.find((key) => environment[key] !== undefined && environment[key] !== '');
  if (variable !== undefined) return { text: environment[variable], origin: 'environment' as const, source: variable };
  return { text: setting.default, origin: 'default' as const, source: 'the default' };
}

function parse(name: SettingName, setting: Setting, text: string, source: string): unknown {
  const result = parseSetting(setting.kind, text);
  if (result.expected === undefined) return result.value;
  throw fail('USAGE', {
    problem: `${source}: expected ${result.expected}, received ${JSON.stringify(text)}.`,
    advice: `--${name}: ${setting.help}`,
  });
}
