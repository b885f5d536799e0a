import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '@slipway/core/errors';
import { readableSize } from '@slipway/core/formats';
import type { build } from './build.ts';
import type { inspect } from './inspect.ts';
import { taskFlag } from './task-flag.ts';
import { fromPlain, type PlainError } from './options.ts';

export interface IsolationLimits {
  readonly timeoutMs: number;
  /** Of private memory; files beyond a quarter of it are given more, up to three quarters of the machine. */
  readonly memoryBytes: number;
}

const isolationLimits: IsolationLimits = { timeoutMs: 60_000, memoryBytes: 2 * 2 ** 30 };

/** What the process may be asked to do. */
export interface Tasks {
  readonly build: typeof build;
  readonly inspect: typeof inspect;
}

export type Task = {
  readonly [K in keyof Tasks]: { readonly name: K; readonly args: Parameters<Tasks[K]> };
}[keyof Tasks];

type ResultOf<K extends keyof Tasks> = Tasks[K] extends (...args: never[]) => Promise<infer R> ? R : never;

type Reply = { readonly result: unknown } | { readonly error: PlainError } | { readonly bug: string };

/**
 * Does a task in a process of its own, with bounded time and memory: a file that was made to hang or to exhaust us takes that
 * process down and nothing else. V8's own limits would not do, because they ignore typed arrays.
 */
export async function isolate<K extends keyof Tasks>(
  name: K,
  args: Parameters<Tasks[K]>,
  sourceBytes: number,
  limits: IsolationLimits = isolationLimits,
): Promise<ResultOf<K>> {
  const memoryBytes = Math.max(limits.memoryBytes, Math.min(8 * sourceBytes, Math.floor(totalmem() * 0.75)));
  const child = start(memoryBytes, limits.timeoutMs);
  return await new Promise((resolve, reject) => {
    let said = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, limits.timeoutMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
    child.once('error', reject);
    child.once('message', (reply: Reply) => {
      if ('result' in reply) resolve(reply.result as ResultOf<K>);
      else if ('error' in reply) reject(fromPlain(reply.error));
      else reject(new Error(reply.bug));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const format = 'import';
      if (isLate || signal === 'SIGXCPU') {
        reject(fail('LIMIT_EXCEEDED', { format, what: 'the time', limit: `${limits.timeoutMs / 1000} s` }));
      } else if (signal !== null || /heap out of memory|bad_alloc|allocation failed/i.test(said)) {
        reject(fail('LIMIT_EXCEEDED', { format, what: 'the memory', limit: readableSize(memoryBytes) }));
      }
      // After a reply this changes nothing.
      reject(new Error(`the importing process ended with ${code} without an answer: ${said}`));
    });
    child.send({ name, args });
  });
}

function start(memoryBytes: number, timeoutMs: number): ChildProcess {
  const script = fileURLToPath(new URL('../../bin/slipway.mjs', import.meta.url));
  const heap = `--max-old-space-size=${Math.floor((memoryBytes / 2 ** 20) * 0.9)}`;
  const prlimit = findProgram('prlimit');
  // The limit counts what is written to, not the address space, of which Node reserves gigabytes at its start.
  const limited = [`--data=${memoryBytes}`, `--cpu=${Math.ceil(timeoutMs / 1000) + 1}`, '--core=0', process.execPath];
  return fork(script, [taskFlag], {
    execPath: prlimit ?? process.execPath,
    execArgv: [...(prlimit ? limited : []), heap],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
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
