import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '@slipway/core/errors';
import type { DeliveredModel } from '../target.ts';
import { answerDifference, testVectors } from '../test-vectors.ts';

/** SageMaker gives a container this long to answer its first ping, and this long to end after SIGTERM. */
const limits = { startMs: 480_000, pingMs: 2000, stopMs: 30_000 };
const step = 'check the container contract';

export interface ContractResult {
  /** Milliseconds from the start of the process to its first answered ping. */
  readonly startMs: number;
  readonly rows: number;
  readonly stopMs: number;
}

/**
 * Runs what is in the image as SageMaker does: `serve`, pings until it is answered, `/invocations` with the goldens, SIGTERM.
 * What does not pass is DELIVERY_FAILED with the reason. `folder` has `app/` and `model/`.
 */
export async function checkContract(
  folder: string,
  model: DeliveredModel,
  environment: NodeJS.ProcessEnv,
  startMs: number = limits.startMs,
): Promise<ContractResult> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [join(folder, 'app/index.mjs'), 'serve'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: environment['PATH'],
      SLIPWAY_MODEL: join(folder, 'model'),
      SLIPWAY_HOME: join(folder, 'state'),
      SLIPWAY_HOST: '127.0.0.1',
      SLIPWAY_PORT: String(port),
      SLIPWAY_AUTH: 'platform',
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  const ended = once(child, 'close');
  const url = `http://127.0.0.1:${port}`;
  try {
    await ping(url, child, began + startMs, () => said);
    const started = performance.now() - began;
    const rows = await invoke(url, model);
    return { startMs: Math.round(started), rows, stopMs: Math.round(await stop(child, ended)) };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

async function ping(url: string, child: ChildProcess, end: number, said: () => string): Promise<void> {
  let reason = 'nobody answered';
  while (performance.now() < end) {
    if (child.exitCode !== null)
      throw failed(`did not pass ping: the container ended with ${child.exitCode}: ${said().trim()}`);
    try {
      const { status } = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(limits.pingMs) });
      if (status === 200) return;
      reason = `GET /ping answered ${status}`;
    } catch {
      // It is still starting.
    }
    await wait(20);
  }
  throw failed(`did not pass ping: ${reason} within ${Math.round(limits.startMs / 1000)} s: ${said().trim()}`);
}

/** Sends the goldens in the form that the rows have there, and compares what comes back as `prediction`. */
async function invoke(url: string, { pkg }: DeliveredModel): Promise<number> {
  const { form } = pkg.manifest.signature;
  const vectors = testVectors(pkg, 100);
  const rows = vectors.map(({ row }) => row);
  const body = JSON.stringify(form === 'table' ? { dataframe_records: rows } : { instances: rows });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/invocations`, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== 200) throw failed(`POST /invocations answered ${response.status}: ${text.slice(0, 500)}`);
  const { predictions } = Object(JSON.parse(text)) as { predictions?: unknown };
  if (!Array.isArray(predictions) || predictions.length !== rows.length)
    throw failed(
      `POST /invocations gave ${Array.isArray(predictions) ? predictions.length : 'no'} predictions for ${rows.length} rows`,
    );
  for (const [i, { answer, tolerance }] of vectors.entries()) {
    const expected = answer['prediction'];
    if (!['string', 'number', 'boolean'].includes(typeof expected)) continue;
    const difference = answerDifference(expected, (predictions as readonly unknown[])[i], tolerance, `golden ${i + 1}`);
    if (difference) throw failed(`POST /invocations answered something else: ${difference}`);
  }
  return rows.length;
}

async function stop(child: ChildProcess, ended: Promise<unknown[]>): Promise<number> {
  const began = performance.now();
  child.kill('SIGTERM');
  const late = wait(limits.stopMs, 'late', { ref: false });
  if ((await Promise.race([ended, late])) === 'late')
    throw failed(`did not end within ${limits.stopMs / 1000} s after SIGTERM`);
  if (child.exitCode !== 0) throw failed(`ended with ${child.exitCode} after SIGTERM, not with 0`);
  return performance.now() - began;
}

function failed(problem: string) {
  return fail('DELIVERY_FAILED', { step, problem });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
