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
    env: ['SLIPWAY_PORT', 'PORT'],
    default: '8080',
    help: 'Port to listen on; 0 takes a free one.',
  },
  workers: { kind: 'count', env: ['SLIPWAY_WORKERS'], default: '1', help: 'Processes that share the port.' },
  auth: {
    kind: ['platform'],
    env: ['SLIPWAY_AUTH'],
    default: undefined,
    help: 'platform: the platform in front authenticates every request.',
  },
  'max-body': {
    kind: 'bytes',
    env: ['SLIPWAY_MAX_BODY'],
    default: '64MiB',
    help: 'Largest request body, compressed or not.',
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
  log: {
    kind: ['text', 'json', 'off'],
    env: ['SLIPWAY_LOG'],
    default: undefined,
    help: 'text, json or off; text on a terminal, else json.',
  },
  'access-log': { kind: 'switch', env: ['SLIPWAY_ACCESS_LOG'], default: 'false', help: 'A log line for each request.' },
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
