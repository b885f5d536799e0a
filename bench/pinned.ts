import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

const canPin = spawnSync('taskset', ['--version']).status === 0 && availableParallelism() > 1;

/** What is measured runs on the first core, what measures on the last. */
const cores = { measured: 0, measuring: availableParallelism() - 1 };

if (canPin) spawnSync('taskset', ['-apc', String(cores.measuring), String(process.pid)]);
else process.stderr.write('No taskset, or one core only: nothing is pinned, figures are rough.\n');

/** A command as it runs on one of the two cores. */
export function pinned(where: keyof typeof cores, command: readonly string[]): [string, string[]] {
  const whole = canPin ? ['taskset', '-c', String(cores[where]), ...command] : command;
  return [whole[0]!, whole.slice(1)];
}

export interface Started {
  readonly child: ChildProcess;
  /** Resident bytes of the process and its children now. */
  readonly memory: () => number;
  /** Seconds of processor time that they have used, children that have ended included. */
  readonly processorSeconds: () => number;
  readonly stop: () => Promise<void>;
}

/** Starts a server on the measured core; what it prints is shown only when it ends by itself. */
export function start(command: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): Started {
  const [program, args] = pinned('measured', command);
  const child = spawn(program, args, { env: { ...process.env, ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed = (printed + text).slice(-4000)));
  let isWanted = true;
  child.on('exit', (code) => {
    if (isWanted) process.stderr.write(`${command.join(' ')} ended with ${code}\n${printed}\n`);
  });
  return {
    child,
    memory: () => sum(child.pid!, 'VmRSS'),
    processorSeconds: () => tree(child.pid!).reduce((seconds, pid) => seconds + spent(pid), 0),
    stop: async () => {
      isWanted = false;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      const family = tree(child.pid!);
      child.kill('SIGTERM');
      await Promise.race([ended, wait(5000, undefined, { ref: false })]);
      // Some servers leave workers behind.
      for (const pid of family) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
    },
  };
}

export interface Finished {
  readonly seconds: number;
  /** Highest resident bytes of the process and its children, looked at every 20 ms. */
  readonly peakBytes: number;
  readonly stdout: string;
}

/** Runs a command on the measured core to its end; rejects when it fails. */
export async function finish(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const [program, args] = pinned('measured', command);
  const began = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)));
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, sum(child.pid!, 'VmHWM'))), 20);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${stderr}`);
  return { seconds, peakBytes, stdout };
}

function tree(pid: number): number[] {
  let children: number[] = [];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // Ended meanwhile, or no /proc here.
  }
  return [pid, ...children.flatMap(tree)];
}

/** The kernel counts in hundredths of a second. */
const TICKS = 100;

function spent(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0) / TICKS;
  } catch {
    return 0;
  }
}

function sum(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  return tree(pid).reduce((bytes, each) => {
    try {
      const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${each}/status`, 'utf8')) ?? [];
      return bytes + Number(kilobytes ?? 0) * 1024;
    } catch {
      return bytes;
    }
  }, 0);
}
