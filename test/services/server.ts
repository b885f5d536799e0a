import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export interface SlipwayProcess {
  readonly pid: number;
  readonly url: string;
  /** Where gRPC listens, when it was asked for. */
  readonly grpcPort: number | undefined;
  /** Sends SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  /** Sends SIGTERM and gives the exit code. */
  stop(): Promise<number | null>;
}

export interface SlipwayStart {
  /** What comes before the verb; this checkout with the running Node by default. */
  readonly command?: readonly string[];
  readonly cwd?: string;
  /** The whole environment. */
  readonly env?: NodeJS.ProcessEnv;
}

const checkout = [process.execPath, resolve(import.meta.dirname, '../../packages/slipway/bin/slipway.mjs')];

/** Starts `slipway` as users do, on a free port, and waits until it listens. */
export async function startSlipway(
  args: readonly string[],
  { command = checkout, cwd, env = process.env }: SlipwayStart = {},
): Promise<SlipwayProcess> {
  const [program, ...rest] = [...command, ...args, '--port', '0', '--json'];
  const child = spawn(program, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    exited.then(() => undefined),
  ]);
  if (line === undefined) throw new Error(`slipway ${args.join(' ')} ended\n${stderr}`);
  const { url, grpc_port: grpcPort } = JSON.parse(line) as { url: string; grpc_port?: number };
  return {
    pid: child.pid as number,
    url,
    grpcPort,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}
