import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fail } from '@slipway/core/errors';

/** Who runs a job: a process that is gone holds nothing. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process began, as the system counts it: a later process may have the same number. */
  readonly began: string;
}

/** A lock that is held. */
export interface Lock {
  /** Says that its holder is still there. */
  touch(): void;
  release(): void;
}

/** A holder on another machine that has not touched its lock for so long is gone. */
const STALE_MS = 60_000;

/** Takes the lock of a job; CONFLICT while another process runs it. */
export function takeLock(path: string, what: string): Lock {
  const own: Holder = { host: hostname(), pid: process.pid, began: beganAt(process.pid) };
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx' });
      return {
        touch: () => utimesSync(path, new Date(), new Date()),
        release: () => rmSync(path, { force: true }),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = readHolder(path);
      if (tries > 3 || (holder && isAlive(holder, path))) {
        const by = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
        throw fail(
          'CONFLICT',
          { problem: `${what} is being written by ${by}.` },
          { hint: 'Wait until it is done, or stop it.' },
        );
      }
      rmSync(path, { force: true });
    }
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ host, pid, began }: Holder, path: string): boolean {
  if (host !== hostname()) return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < STALE_MS;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return beganAt(pid) === began;
}

function beganAt(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')')).split(' ')[20] ?? '';
  } catch {
    return '';
  }
}
