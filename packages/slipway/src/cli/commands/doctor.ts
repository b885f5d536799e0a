import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { SlipwayError } from '@slipway/core/errors';
import { stateOf } from '../../access/index.ts';
import { resolveSettings } from '../../config/index.ts';
import { version } from '../../intake/version.ts';
import { keysOfHome, openRegistry } from '../../registry/index.ts';
import { readTls } from '../../server/index.ts';
import { tlsOf } from '../access-options.ts';
import type { Command, Context } from '../command.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly hint?: string | undefined;
}

/** `slipway doctor` */
export const doctor: Command = {
  name: 'doctor',
  summary: 'check that everything here works',
  about:
    'Checks Node, the executors, the home folder, the disk, the port, keys and the certificate, and says what to do about what is wrong. Exit code 1 when something failed.',
  args: [],
  flags: [
    { name: 'port', value: 'PORT', type: 'number', help: 'Port to check (default: that of the server).', env: false },
  ],
  examples: [{ run: 'slipway doctor', does: 'Is this machine ready?' }],
  async run(context) {
    const findings = [
      nodeVersion(),
      await onnxRuntime(),
      await homeFolder(context),
      disk(context),
      await port(context),
      memoryLimit(),
      await accessKeys(context),
      ...certificate(context),
    ];
    const hasFailed = findings.some(({ state }) => state === 'failed');
    if (context.json) {
      context.terminal.printJson({ slipway: version, ok: !hasFailed, checks: findings });
      return hasFailed ? 1 : 0;
    }
    const { terminal } = context;
    const marks = {
      ok: terminal.style('green', 'ok     '),
      warning: terminal.style('yellow', 'warning'),
      failed: terminal.style('red', 'failed '),
    };
    terminal.print(`slipway ${version}`);
    for (const { check, state, detail, hint } of findings) {
      terminal.print(`${marks[state]}  ${check}: ${detail}`);
      if (hint !== undefined) terminal.print(`         ${hint}`);
    }
    return hasFailed ? 1 : 0;
  },
};

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  const detail = `${process.version} on ${process.platform}-${process.arch}`;
  if (major >= 24) return { check: 'Node', state: 'ok', detail };
  return { check: 'Node', state: 'failed', detail, hint: 'Slipway needs Node 24 or later: https://nodejs.org' };
}

async function onnxRuntime(): Promise<Finding> {
  const check = 'ONNX Runtime';
  try {
    const library = await import('onnxruntime-node');
    const { version: found } = (library.env.versions as { node?: string; common?: string } | undefined)
      ? { version: library.env.versions.node ?? library.env.versions.common }
      : { version: undefined };
    return { check, state: 'ok', detail: found ?? 'installed' };
  } catch (error) {
    const detail = `not usable (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
    const hint = 'Tabular models run without it. For neural networks: npm install onnxruntime-node';
    return { check, state: 'warning', detail, hint };
  }
}

async function homeFolder({ home }: Context): Promise<Finding> {
  const check = 'home folder';
  try {
    mkdirSync(home, { recursive: true });
    accessSync(home, constants.R_OK | constants.W_OK);
    const registry = await openRegistry({ home, thread: 'inline' });
    const count = (await registry.models()).length;
    await registry.close();
    return { check, state: 'ok', detail: `${home}, ${count} ${count === 1 ? 'model' : 'models'}` };
  } catch (error) {
    const detail = `${home}: ${error instanceof Error ? error.message : String(error)}`;
    const hint =
      error instanceof SlipwayError ? error.hint : 'Make it writable, or choose another with --home or SLIPWAY_HOME.';
    return { check, state: 'failed', detail, hint };
  }
}

function disk({ home }: Context): Finding {
  let folder = home;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 2 ** 30;
  const detail = `${free.toFixed(1)} GiB free`;
  if (free >= 1) return { check: 'disk', state: 'ok', detail };
  return { check: 'disk', state: 'warning', detail, hint: 'Make room, or choose another disk with --home.' };
}

async function port({ flags, environment }: Context): Promise<Finding> {
  const { values } = resolveSettings({ port: flags.text('port') }, environment);
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host: values.host, port: values.port }, () => server.close(() => resolve(undefined)));
  });
  const check = `port ${values.port}`;
  if (!error) return { check, state: 'ok', detail: `free on ${values.host}` };
  return {
    check,
    state: 'warning',
    detail: error.code === 'EADDRINUSE' ? 'taken by another program' : error.message,
    hint: 'Choose another with --port or SLIPWAY_PORT.',
  };
}

/** Without prlimit a file that was made to exhaust the memory is stopped by time and by V8's heap limit only. */
function memoryLimit(): Finding {
  const check = 'memory limit for reading files';
  const folders = (process.env['PATH'] ?? '').split(':');
  if (process.platform === 'linux' && folders.some((folder) => existsSync(`${folder}/prlimit`)))
    return { check, state: 'ok', detail: 'prlimit' };
  const hint =
    process.platform === 'linux'
      ? 'Install util-linux, which has prlimit.'
      : 'Import files that you trust, or import on Linux.';
  return { check, state: 'warning', detail: 'time and heap only', hint };
}

/** Who may call a server that is started here. */
async function accessKeys({ home, environment }: Context): Promise<Finding> {
  const check = 'access';
  try {
    const { auth } = resolveSettings({}, environment).values;
    await using keys = keysOfHome(home);
    const now = new Date();
    const active = (await keys.stored()).filter((key) => stateOf(key, now) === 'active').length;
    const counted = `${active} active ${active === 1 ? 'key' : 'keys'}`;
    if (auth !== undefined) return { check, state: 'ok', detail: `--auth ${auth}, ${counted}` };
    if (active > 0) return { check, state: 'ok', detail: counted };
    const hint = 'For other addresses: slipway keys create NAME --scope predict';
    return { check, state: 'ok', detail: 'no keys: open to programs on this machine only', hint };
  } catch (error) {
    return { check, state: 'warning', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** The certificate of the settings, where there is one. */
function certificate({ environment }: Context): Finding[] {
  const check = 'certificate';
  try {
    const paths = tlsOf(resolveSettings({}, environment).values);
    if (!paths) return [];
    const { expiresAt } = readTls(paths);
    const days = Math.floor((Date.parse(expiresAt) - Date.now()) / 86_400_000);
    const detail = `${paths.cert}, until ${expiresAt.slice(0, 10)}`;
    if (days >= 14) return [{ check, state: 'ok', detail }];
    const hint = `It ${days < 0 ? 'has expired' : `expires in ${days} days`}: renew it; a running server follows its files.`;
    return [{ check, state: days < 0 ? 'failed' : 'warning', detail, hint }];
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return [{ check, state: 'failed', detail: error.message, hint: error.hint }];
  }
}
