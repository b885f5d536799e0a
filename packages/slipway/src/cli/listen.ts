import { resolveSettings, settings, type SettingName } from '../config/index.ts';
import type { ModelPlane, ServedModel } from '../engine/index.ts';
import { version } from '../intake/version.ts';
import { startServer, stopOnSignals } from '../server/index.ts';
import { createLog, type Log } from '../telemetry/index.ts';
import type { Context, Flag } from './command.ts';

/** Settings that are flags of `serve` and `up`. The room of settings reads their variables itself. */
const names = Object.keys(settings).filter((name) => name !== 'home' && name !== 'workers') as SettingName[];

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
  return resolveSettings(given, environment).values;
}

export type ServerSettings = ReturnType<typeof serverSettings>;

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
  /** Closes what the command opened. */
  readonly close: () => Promise<void>;
}

/** Listens until SIGTERM or SIGINT, then lets running requests finish. */
export async function listen(
  { json, terminal }: Context,
  { plane, settings: values, log, example, close }: ListenOptions,
): Promise<number> {
  const server = await startServer({
    plane,
    version,
    host: values.host,
    port: values.port,
    auth: values.auth,
    log,
    accessLog: values['access-log'],
    limits: {
      maxBodyBytes: values['max-body'],
      maxConnections: values['max-connections'],
      requestTimeoutMs: values['request-timeout'],
      drainTimeoutMs: values['drain-timeout'],
    },
  });
  const stopped = stopOnSignals(async () => {
    await server.close();
    await plane.close();
    await close();
  }, log);
  const command = example && curlLine(server.url, example);
  log.info('listening', { url: server.url, models: plane.loaded().map(({ label }) => label) });
  if (json)
    terminal.printJson({
      url: server.url,
      host: server.host,
      port: server.port,
      pid: process.pid,
      try: command ?? null,
    });
  else {
    terminal.say();
    terminal.say(
      `  ${terminal.errStyle('bold', `Slipway ${version}`)} is listening on ${terminal.errStyle('cyan', server.url)}`,
    );
    for (const { label, runtimes } of plane.loaded()) terminal.say(`  ${label}  (${runtimes.join(' and ')})`);
    if (command) {
      terminal.say();
      terminal.say('  Try it:');
      terminal.say(`  ${command}`);
    }
    terminal.say();
  }
  await stopped;
  return 0;
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
  return { text: 'TEXT', port: 'PORT', count: 'N', bytes: 'SIZE', duration: 'TIME', switch: '' }[kind];
}
