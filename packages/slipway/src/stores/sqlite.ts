import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { migrate } from './migrate.ts';
import type { Migration } from './migrate.ts';
import type { RowStore } from './row-store.ts';
import { connectSqlite } from './sqlite-connection.ts';
import { sqliteThread } from './sqlite-thread.ts';

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
  const store = options.thread === 'worker' ? threaded(options) : inline(options);
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

function threaded({ path, busyTimeoutMs = defaultBusyTimeoutMs }: SqliteOptions): RowStore {
  return sqliteThread(path, busyTimeoutMs);
}
