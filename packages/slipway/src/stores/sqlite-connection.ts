import type { Cell, Row, Statement } from './row-store.ts';

/** One open SQLite database; every call blocks the thread that makes it. */
export interface SqliteConnection {
  read(sql: string, values: readonly Cell[]): Row[];
  write(statements: readonly Statement[]): Row[][];
  dataVersion(): number;
  close(): void;
}

/**
 * Opens the database, durable and safe for several processes at once.
 *
 * The text of this function is also what the worker thread runs: it uses nothing from outside itself but Node's own modules.
 */
export function connectSqlite(path: string, busyTimeoutMs: number): SqliteConnection {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  type Prepared = ReturnType<typeof db.prepare>;
  const prepared = new Map<string, Prepared>();
  let ownWrites = 0;

  function all(sql: string, values: readonly Cell[]): Row[] {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      // Statements are few and fixed; a caller that builds them must not fill the memory.
      if (prepared.size > 500) prepared.clear();
      prepared.set(sql, statement);
    }
    return statement.all(...values);
  }

  /** Changing the journal mode ignores the busy timeout, so two first starts at once need patience of our own. */
  function enableWal(): void {
    const until = Date.now() + busyTimeoutMs;
    for (;;) {
      try {
        db.exec('PRAGMA journal_mode = WAL');
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  }

  enableWal();
  db.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  return {
    read: all,
    write(statements) {
      // Not plain BEGIN: a transaction that reads first and then writes fails at once (517) when another wrote meanwhile.
      db.exec('BEGIN IMMEDIATE');
      try {
        const results = statements.map(({ sql, values }) => all(sql, values ?? []));
        db.exec('COMMIT');
        ownWrites++;
        return results;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    // SQLite counts what other connections wrote; what this one wrote is counted here.
    dataVersion: () => Number(all('PRAGMA data_version', [])[0]?.['data_version'] ?? 0) + ownWrites,
    close: () => db.close(),
  };
}
