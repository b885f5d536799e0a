import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../free-port.ts';
import { start, type Started } from '../pinned.ts';

const root = resolve(import.meta.dirname, '../..');

/** The command line of this checkout, run by the Node that runs the benchmark. */
export const slipway = [process.execPath, join(root, 'packages/slipway/bin/slipway.mjs')];

/** How a server starts on a port with a home of its own, and which request tells that it answers. */
export interface Server {
  readonly title: string;
  readonly command: (port: number, home: string) => readonly string[];
  readonly env?: (port: number, home: string) => NodeJS.ProcessEnv;
  /** Before the start, in its home; gives headers that every request needs. */
  readonly prepare?: (home: string) => Promise<Record<string, string>>;
  readonly path: string;
  readonly body: string;
}

export interface Running extends Started {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** From its start. */
  readonly firstAnswerMs: number;
  /** The first answer. */
  readonly answer: string;
}

const LONGEST_START_MS = 120_000;

/** Starts a server, waits for its first answer, works with it and ends it. */
export async function withServer<T>(server: Server, work: (running: Running) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'slipway-bench-home-'));
  try {
    const headers = { 'content-type': 'application/json', ...(await server.prepare?.(home)) };
    const port = await freePort();
    const began = performance.now();
    const env = { SLIPWAY_HOME: home, OMP_NUM_THREADS: '1', ...server.env?.(port, home) };
    const started = start(server.command(port, home), env, home);
    try {
      const answer = await firstAnswer(server, port, headers, () => started.child.exitCode !== null);
      return await work({ ...started, port, headers, answer, firstAnswerMs: performance.now() - began });
    } finally {
      await started.stop();
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function firstAnswer(
  { title, path, body }: Server,
  port: number,
  headers: Record<string, string>,
  hasEnded: () => boolean,
): Promise<string> {
  const limit = performance.now() + LONGEST_START_MS;
  let last = 'nothing listened';
  while (performance.now() < limit && !hasEnded()) {
    try {
      const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { ...headers, connection: 'close' },
        body,
      });
      const text = await reply.text();
      if (reply.ok) return text;
      last = `${reply.status} ${text.slice(0, 300)}`;
      if (reply.status < 500 && reply.status !== 404) break;
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, 4));
  }
  throw new Error(`${title} gave no answer: ${last}`);
}
