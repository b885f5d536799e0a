import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pinned } from '../pinned.ts';
import { rustProgram } from '../rust.ts';

export interface ToolSettings {
  readonly protocol?: 'http' | 'grpc';
  readonly port: number;
  /** Asked in turn. */
  readonly paths: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or the message of gRPC in hexadecimal. */
  readonly body: string;
  readonly seconds: number;
  readonly connections: number;
  /** Calls at the same time on a gRPC connection. */
  readonly streams?: number;
  /** Requests a second, whether or not those before were answered; without it, each connection asks again when it was answered. */
  readonly rate?: number;
  /** Connections that are open before an open loop begins. */
  readonly warm?: number;
  readonly timeout_ms?: number;
  /** The only good answer. */
  readonly expect?: string;
}

export interface ToolResult {
  readonly due: number;
  /** Due, but every connection was busy. */
  readonly unsent: number;
  readonly timeouts: number;
  readonly broken: number;
  /** Good by status, but not what was expected. */
  readonly wrong: number;
  readonly good: number;
  /** Good ones. */
  readonly requestsPerSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly refused: number;
  readonly statuses: Readonly<Record<string, number>>;
}

export type LoadTool = (settings: ToolSettings) => Promise<ToolResult>;

/** Our own load generator, on the measuring core. Rejects where it cannot be built: nothing else here has an open loop or gRPC. */
export async function loadTool(): Promise<LoadTool> {
  const program = await rustProgram(join(import.meta.dirname, 'load-tool'));
  if (program === undefined)
    throw new Error('not measured: the load generator is built with cargo, and there is none.');
  return async (settings) => {
    const child = spawn(...pinned('measuring', [program]), { stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stdin.end(JSON.stringify({ protocol: 'http', ...settings }));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the load generator ended with ${code}`);
    return JSON.parse(printed) as ToolResult;
  };
}

/** Rejects when a request of a closed loop was not answered well. */
export function allGood(result: ToolResult): ToolResult {
  if (result.good === result.due && result.wrong === 0) return result;
  throw new Error(`not every request was answered: ${JSON.stringify(result)}`);
}

/** Asks until so many requests were answered, for some seconds at most: code is compiled by then, however slow the machine is. */
export async function warmUp(
  load: LoadTool,
  settings: Omit<ToolSettings, 'seconds'>,
  requests: number,
  longest = 20,
): Promise<void> {
  let good = 0;
  for (let second = 0; second < longest && good < requests; second += 1)
    good += (await load({ ...settings, seconds: 1 })).good;
}
