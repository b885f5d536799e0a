import type { Cell, Row, Statement } from './row-store.ts';

/** One open SQLite database; every call blocks the thread that makes it. */
export interface SqliteConnection {
  read(sql: string, values: readonly Cell[]): Row[];
  write(statements: readonly Statement[]): Row[][];
  /** Several transactions made durable together; each is done or refused by itself. */
  writeGroup(group: readonly (readonly Statement[])[]): readonly GroupResult[];
  dataVersion(): number;
  close(): void;
}

/** What came of one transaction of a group. */
export type GroupResult = { readonly rows: Row[][] } | { readonly error: unknown };

/**
 * Opens the database, durable and safe for several processes at once.
 *
 * The text of this function is also what the worker thread runs: it uses nothing from outside itself but Node's own modules.
 */
export function connectSqlite(path: string, busyTimeoutMs: number): SqliteConnection {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const { statSync } = process.getBuiltinModule('node:fs');
  let db = new DatabaseSync(path, { timeout: busyTimeoutMs });
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

  function prepare(): number {
    enableWal();
    // LIKE tells capitals from small letters, as PostgreSQL's does.
    db.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON');
    return statSync(path).ino;
  }

  /**
   * An open file stays readable when it is moved away or replaced, and nobody would notice. A missing one is an error; one that
   * was put back from a backup is opened in place of the old one.
   */
  function checkFile(): void {
    const { ino } = statSync(path);
    if (ino === file) return;
    const next = new DatabaseSync(path, { timeout: busyTimeoutMs });
    db.close();
    db = next;
    prepared.clear();
    file = prepare();
    ownWrites += 1_000_000;
  }

  function run(statements: readonly Statement[]): Row[][] {
    return statements.map(({ sql, values }) => all(sql, values ?? []));
  }

  /** One of a group: what it did is undone when it fails, what the others did is not. */
  function runInGroup(statements: readonly Statement[]): GroupResult {
    db.exec('SAVEPOINT one');
    try {
      const rows = run(statements);
      db.exec('RELEASE one');
      return { rows };
    } catch (error) {
      // A full disk or memory ends the whole transaction.
      if (!db.isTransaction) throw error;
      db.exec('ROLLBACK TO one; RELEASE one');
      return { error };
    }
  }

  let file = prepare();
  return {
    read: all,
    write(statements) {
      // Not plain BEGIN: a transaction that reads first and then writes fails at once (517) when another wrote meanwhile.
      db.exec('BEGIN IMMEDIATE');
      try {
        const results = run(statements);
        db.exec('COMMIT');
        ownWrites++;
        return results;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    writeGroup(group) {
      try {
        db.exec('BEGIN IMMEDIATE');
        const results = group.map(runInGroup);
        db.exec('COMMIT');
        ownWrites++;
        return results;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        return group.map(() => ({ error }));
      }
    },
    // SQLite counts what other connections wrote; what this one wrote is counted here.
    dataVersion() {
      if (process.platform !== 'win32') checkFile();
      return Number(all('PRAGMA data_version', [])[0]?.['data_version'] ?? 0) + ownWrites;
    },
    close: () => db.close(),
  };
}
