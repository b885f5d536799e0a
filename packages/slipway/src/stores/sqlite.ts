import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { migrate } from './migrate.ts';
import type { Migration } from './migrate.ts';
import type { Row, RowStore } from './row-store.ts';
import { connectSqlite } from './sqlite-connection.ts';

export interface SqliteOptions {
  readonly path: string;
  readonly migrations: readonly Migration[];
  /**
   * `worker`: a thread of its own, so that a server's event loop never waits for the disk.
   * `inline`: in this thread, which starts 40 ms sooner; for the command line.
   */
  readonly thread: 'worker' | 'inline';
  readonly busyTimeoutMs?: number | undefined;
}

/** Opens (or makes) a SQLite database and brings it up to date. */
export async function openSqlite(options: SqliteOptions): Promise<RowStore> {
  mkdirSync(dirname(options.path), { recursive: true });
  const store = options.thread === 'worker' ? inWorker(options) : inline(options);
  try {
    await migrate(store, options.migrations);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

const defaultBusyTimeoutMs = 15_000;

/* oxlint-disable typescript/require-await -- the port is asynchronous, this implementation is not */
function inline({ path, busyTimeoutMs = defaultBusyTimeoutMs }: SqliteOptions): RowStore {
  const connection = connectSqlite(path, busyTimeoutMs);
  return {
    read: async (sql, values = []) => connection.read(sql, values),
    write: async (statements) => connection.write(statements),
    dataVersion: async () => connection.dataVersion(),
    close: async () => connection.close(),
  };
}
/* oxlint-enable typescript/require-await */

type Method = 'read' | 'write' | 'dataVersion' | 'close';
type Reply = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly problem: Problem };
interface Problem {
  readonly message: string;
  readonly code: string | undefined;
  readonly errcode: number | undefined;
}
interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Runs in the worker, beside the text of `connectSqlite`. */
function answer(connect: typeof connectSqlite): void {
  const threads = process.getBuiltinModule('node:worker_threads');
  const { parentPort } = threads;
  const { path, busyTimeoutMs } = threads.workerData as { path: string; busyTimeoutMs: number };
  let connection: ReturnType<typeof connect> | undefined;
  parentPort?.on('message', ({ id, method, args }: { id: number; method: Method; args: never[] }) => {
    try {
      connection ??= connect(path, busyTimeoutMs);
      const call: (...all: never[]) => unknown = connection[method];
      parentPort.postMessage({ id, result: call(...args) });
      if (method === 'close') parentPort.close();
    } catch (error) {
      const { message, code, errcode } = error as Problem;
      parentPort.postMessage({ id, problem: { message, code, errcode } });
    }
  });
}

function inWorker({ path, busyTimeoutMs = defaultBusyTimeoutMs }: SqliteOptions): RowStore {
  // From text, so that it runs alike from sources, from compiled files and below node_modules.
  const worker = new Worker(`(${answer.toString()})(${connectSqlite.toString()})`, {
    eval: true,
    workerData: { path, busyTimeoutMs },
    name: 'slipway-rows',
  });
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', (reply: Reply) => {
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if ('problem' in reply) caller?.reject(Object.assign(new Error(reply.problem.message), reply.problem));
    else caller?.resolve(reply.result);
  });
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the thread of the database has ended')));
  worker.unref();

  function call<T>(method: Method, ...args: unknown[]): Promise<T> {
    if (ended) return Promise.reject(ended);
    const id = next++;
    // A pending answer keeps the process alive, an idle database does not.
    worker.ref();
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      worker.postMessage({ id, method, args });
    });
  }
  return {
    read: (sql, values = []) => call<readonly Row[]>('read', sql, values),
    write: (statements) => call<readonly (readonly Row[])[]>('write', statements),
    dataVersion: () => call<number>('dataVersion'),
    close: () => call<void>('close'),
  };
}
