import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { taskFlag } from './task-flag.ts';

export interface IsolationLimits {
  readonly timeoutMs: number;
  /** Of private memory; files beyond a quarter of it are given more, up to three quarters of the machine. */
  readonly memoryBytes: number;
}

export const isolationLimits: IsolationLimits = { timeoutMs: 60_000, memoryBytes: 2 * 2 ** 30 };

let ahead: ChildProcess | undefined;

/**
 * Starts the process before anybody knows what it has to do: loading its modules takes longer than all else of an everyday
 * import, and here it happens beside the loading of ours. It ends when we end, used or not.
 */
export function startAhead(): void {
  ahead = start(isolationLimits);
  // What cannot be started now cannot be started later either, and is told then.
  ahead.on('error', () => {});
  hold(ahead, 'unref');
}

/** The process that was started ahead where its limits are those that are wanted, else a new one. */
export function importingProcess(limits: IsolationLimits): ChildProcess {
  const early = ahead;
  ahead = undefined;
  const { timeoutMs, memoryBytes } = isolationLimits;
  if (
    early?.connected &&
    early.pid !== undefined &&
    limits.timeoutMs === timeoutMs &&
    limits.memoryBytes === memoryBytes
  ) {
    hold(early, 'ref');
    return early;
  }
  early?.kill('SIGKILL');
  return start(limits);
}

/** Whether we wait for its end. */
function hold(child: ChildProcess, how: 'ref' | 'unref'): void {
  child[how]();
  child.channel?.[how]();
  for (const pipe of child.stdio) (pipe as Socket | null | undefined)?.[how]();
}

function start({ memoryBytes, timeoutMs }: IsolationLimits): ChildProcess {
  const script = fileURLToPath(new URL('../../bin/slipway.mjs', import.meta.url));
  // Room for new objects is taken before it is needed; little of it costs no time here.
  const heap = [`--max-old-space-size=${Math.floor((memoryBytes / 2 ** 20) * 0.9)}`, '--max-semi-space-size=8'];
  const prlimit = findProgram('prlimit');
  // The limit counts what is written to, not the address space, of which Node reserves gigabytes at its start.
  const limited = [`--data=${memoryBytes}`, `--cpu=${Math.ceil(timeoutMs / 1000) + 1}`, '--core=0', process.execPath];
  return fork(script, [taskFlag], {
    execPath: prlimit ?? process.execPath,
    execArgv: [...(prlimit ? limited : []), ...heap],
    serialization: 'advanced',
    // The last one is `filesPipe`.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    env: environment(),
  });
}

/** What a reader of files needs; tokens and keys of the environment stay here. */
function environment(): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SystemRoot',
    'LANG',
    'LD_LIBRARY_PATH',
    'NODE_COMPILE_CACHE',
    'SLIPWAY_DEBUG',
    'SLIPWAY_JOINED',
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function findProgram(name: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
