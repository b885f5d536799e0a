import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; rejects with everything that it printed when it fails. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { cwd, env = process.env, timeoutMs = 300_000 } = options;
  try {
    return await promisify(execFile)(program, args, { cwd, env, timeout: timeoutMs, maxBuffer: 1 << 28 });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as Partial<RunResult>;
    throw new Error(`${program} ${args.join(' ')} failed\n${stdout}${stderr}`, { cause });
  }
}
