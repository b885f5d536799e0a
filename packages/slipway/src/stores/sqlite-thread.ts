import { Worker } from 'node:worker_threads';
import type { Row, RowStore, Statement } from './row-store.ts';
import { connectSqlite } from './sqlite-connection.ts';

type Request =
  | { readonly method: 'write'; readonly args: readonly [readonly Statement[]] }
  | { readonly method: 'read' | 'dataVersion' | 'close'; readonly args: readonly unknown[] };
type Reply = { readonly result: unknown } | { readonly problem: Problem };
interface Problem {
  readonly message: string;
  readonly code: string | undefined;
  readonly errcode: number | undefined;
}
interface Waiting {
  readonly request: Request;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Runs in the worker, beside the text of `connectSqlite`. All writes of a message are made durable together: the disk is waited
 * for once, however many requests there are.
 */
function answer(connect: typeof connectSqlite): void {
  const threads = process.getBuiltinModule('node:worker_threads');
  const { parentPort } = threads;
  const { path, busyTimeoutMs } = threads.workerData as { path: string; busyTimeoutMs: number };
  let connection: ReturnType<typeof connect> | undefined;
  const problemOf = (error: unknown): Reply => {
    const { message, code, errcode } = error as Problem;
    return { problem: { message, code, errcode } };
  };
  const one = ({ method, args }: Request): Reply => {
    try {
      connection ??= connect(path, busyTimeoutMs);
      const call = connection[method] as (...all: readonly unknown[]) => unknown;
      return { result: call(...args) };
    } catch (error) {
      return problemOf(error);
    }
  };
  const together = (writes: readonly (readonly Statement[])[]): Reply[] => {
    try {
      connection ??= connect(path, busyTimeoutMs);
      return connection
        .writeGroup(writes)
        .map((done) => ('rows' in done ? { result: done.rows } : problemOf(done.error)));
    } catch (error) {
      return writes.map(() => problemOf(error));
    }
  };
  parentPort?.on('message', (requests: readonly Request[]) => {
    const writes = requests.flatMap((request) => (request.method === 'write' ? [request.args[0]] : []));
    const written = writes.length > 1 ? together(writes) : [];
    const replies = requests.map((request) =>
      request.method === 'write' && writes.length > 1 ? (written.shift() as Reply) : one(request),
    );
    parentPort.postMessage(replies);
    if (requests.some(({ method }) => method === 'close')) parentPort.close();
  });
}

/** At most so many requests go to the thread at once: nobody waits for a whole queue. */
const MOST_AT_ONCE = 256;

/** A database in a thread of its own. What is asked while it works is handed over together when it is done. */
export function sqliteThread(path: string, busyTimeoutMs: number): RowStore {
  // From text, so that it runs alike from sources, from compiled files and below node_modules.
  const worker = new Worker(`(${answer.toString()})(${connectSqlite.toString()})`, {
    eval: true,
    workerData: { path, busyTimeoutMs },
    name: 'slipway-rows',
  });
  let queued: Waiting[] = [];
  let running: readonly Waiting[] = [];
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended = error;
    for (const { reject } of [...running, ...queued]) reject(error);
    running = queued = [];
  };
  worker.on('message', (replies: readonly Reply[]) => {
    const asked = running;
    running = [];
    if (queued.length > 0) hand();
    else worker.unref();
    asked.forEach(({ resolve, reject }, i) => {
      const reply = replies[i] as Reply;
      if ('problem' in reply) reject(Object.assign(new Error(reply.problem.message), reply.problem));
      else resolve(reply.result);
    });
  });
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the thread of the database has ended')));
  worker.unref();

  function hand(): void {
    running = queued.splice(0, MOST_AT_ONCE);
    // A pending answer keeps the process alive, an idle database does not.
    worker.ref();
    worker.postMessage(running.map(({ request }) => request));
  }

  function call<T>(request: Request): Promise<T> {
    if (ended) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      queued.push({ request, resolve: resolve as (result: unknown) => void, reject });
      if (running.length === 0) hand();
    });
  }
  return {
    read: (sql, values = []) => call<readonly Row[]>({ method: 'read', args: [sql, values] }),
    write: (statements) => call<readonly (readonly Row[])[]>({ method: 'write', args: [statements] }),
    dataVersion: () => call<number>({ method: 'dataVersion', args: [] }),
    close: () => call<void>({ method: 'close', args: [] }),
  };
}
