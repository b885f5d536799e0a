import { fork, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { JobSpec } from '../../jobs/index.ts';

/** How a job's process ended. */
export type JobEnd =
  | { readonly kind: 'done'; readonly report: object }
  | { readonly kind: 'failed'; readonly error: Readonly<Record<string, unknown>> }
  | { readonly kind: 'stopped' };

/** Runs a job in a process of its own: what it takes, and how it fails, is no matter of the server. */
export interface JobProcess {
  readonly ended: Promise<JobEnd>;
  /** Asks it to stop; what is written is kept. */
  stop(): void;
}

export interface JobProcessOptions {
  readonly home: string;
  /** Everything that it says. */
  readonly log: string;
  /** Goes on with what an attempt before left. */
  readonly resume: boolean;
  readonly onProgress: (progress: object) => void;
}

/** Starts `slipway batch run … --json`. It ends when this process does. */
export function startJob(spec: JobSpec, { home, log, resume, onProgress }: JobProcessOptions): JobProcess {
  mkdirSync(dirname(log), { recursive: true });
  const write = (text: string) => appendFileSync(log, text, { mode: 0o600 });
  write(`${new Date().toISOString()} started\n`);
  const script = fileURLToPath(new URL('../../../bin/slipway.mjs', import.meta.url));
  const child = fork(script, argumentsOf(spec, home, resume), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    env: environment(),
  });
  let last: Readonly<Record<string, unknown>> | undefined;
  let isStopped = false;
  if (child.stderr) forward(child.stderr, write);
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = parse(line);
      if (event?.['event'] === 'progress') return onProgress(event);
      write(`${line}\n`);
      if (event) last = event;
    });
  }
  return {
    ended: endOf(
      child,
      () => last,
      () => isStopped,
      write,
    ),
    stop() {
      isStopped = true;
      child.kill('SIGTERM');
    },
  };
}

function endOf(
  child: ChildProcess,
  lastOf: () => Readonly<Record<string, unknown>> | undefined,
  isStopped: () => boolean,
  write: (text: string) => void,
): Promise<JobEnd> {
  return new Promise((resolve) => {
    const end = (code: number | null, signal: string | null) => {
      write(`${new Date().toISOString()} ended with ${code ?? signal ?? 'nothing'}\n`);
      const last = lastOf();
      if (code === 0 && last?.['event'] === 'done') resolve({ kind: 'done', report: last });
      else if (isStopped()) resolve({ kind: 'stopped' });
      else {
        const detail = `The process of the job ended with ${code ?? signal ?? 'nothing'}.`;
        const error = { code: 'INTERNAL', status: 500, detail, hint: 'Its log says more.' };
        resolve({ kind: 'failed', error: typeof last?.['code'] === 'string' ? last : error });
      }
    };
    child.once('error', () => end(null, 'a process that could not be started'));
    child.once('close', end);
  });
}

function forward(stream: Readable, write: (text: string) => void): void {
  stream.setEncoding('utf8').on('data', (text: string) => write(text));
}

function argumentsOf(spec: JobSpec, home: string, resume: boolean): string[] {
  const { model, input, output, columns, where, format, on_error: onError, key, force, threads, within } = spec;
  const flag = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}=${value}`];
  return [
    'batch',
    'run',
    ...flag('home', home),
    '--json',
    ...(resume ? ['--resume'] : []),
    ...(force ? ['--force'] : []),
    ...flag('input', input),
    ...flag('output', output),
    ...flag('columns', columns?.join(',')),
    ...flag('where', where),
    ...flag('format', format),
    ...flag('on-error', onError),
    ...flag('key', key),
    ...flag('threads', threads),
    ...flag('within', within?.join(',')),
    '--',
    model,
  ];
}

/** Settings of the server are none of the job. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith('SLIPWAY_') || ['SLIPWAY_DEBUG', 'SLIPWAY_JOINED'].includes(name),
    ),
  );
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
