import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface MlflowServer {
  readonly url: string;
  /** Of its first process. */
  readonly pid: number;
  stop(): Promise<void>;
}

const START_MS = 180_000;

/** Starts MLflow's own server on SQLite and a folder, as its documentation shows, and waits until it answers. */
export async function startMlflow(python: string, args: readonly string[] = []): Promise<MlflowServer> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-mlflow-server-'));
  const port = await freePort();
  const log = join(folder, 'log');
  const child = spawn(
    join(dirname(python), 'mlflow'),
    [
      'server',
      `--backend-store-uri=sqlite:///${join(folder, 'mlflow.db')}`,
      `--artifacts-destination=${join(folder, 'artifacts')}`,
      '--host=127.0.0.1',
      `--port=${port}`,
      '--workers=1',
      ...args,
    ],
    {
      env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own group: it starts further processes, which end with it.
      detached: true,
    },
  );
  const file = createWriteStream(log);
  child.stdout.pipe(file);
  child.stderr.pipe(file);
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + START_MS;
  while (!(await answers(`${url}/health`))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`mlflow server: ${readFileSync(log, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { pid = 0 } = child;
  return {
    url,
    pid,
    async stop() {
      process.kill(-pid, 'SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
