import type { Migration } from '../stores/index.ts';

/** The tables of keys and of what was done with them. Steps that were released never change; new ones are added at the end. */
export const accessMigrations: readonly Migration[] = [
  {
    number: 2,
    name: 'keys, audit',
    statements: [
      `CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        scopes TEXT NOT NULL,
        rate TEXT,
        quota TEXT,
        created_at TEXT NOT NULL,
        expires_at TEXT,
        revoked_at TEXT,
        last_used_at TEXT,
        replaces TEXT REFERENCES keys (id)
      )`,
      `CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        target TEXT NOT NULL,
        details TEXT NOT NULL,
        request_id TEXT
      )`,
      `CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
      `CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
    ],
  },
  {
    number: 4,
    name: 'quotas',
    statements: [
      `CREATE TABLE quotas (
        key_id TEXT PRIMARY KEY,
        tokens REAL NOT NULL,
        at INTEGER NOT NULL
      )`,
    ],
  },
];
