import type { Migration } from '../stores/index.ts';

/** The tables of the registry. Steps that were released never change; new ones are added at the end. */
export const registryMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'models, versions, aliases',
    statements: [
      `CREATE TABLE models (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL
      )`,
      `CREATE TABLE packages (
        digest TEXT PRIMARY KEY,
        manifest_sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        created_at TEXT NOT NULL
      )`,
      `CREATE TABLE versions (
        model_id INTEGER NOT NULL REFERENCES models (id),
        number INTEGER NOT NULL,
        digest TEXT NOT NULL REFERENCES packages (digest),
        created_at TEXT NOT NULL,
        source TEXT NOT NULL,
        summary TEXT NOT NULL,
        PRIMARY KEY (model_id, number),
        UNIQUE (model_id, digest)
      )`,
      `CREATE TABLE aliases (
        model_id INTEGER NOT NULL REFERENCES models (id),
        name TEXT NOT NULL,
        number INTEGER NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (model_id, name),
        FOREIGN KEY (model_id, number) REFERENCES versions (model_id, number)
      )`,
      `CREATE TABLE alias_moves (
        id INTEGER PRIMARY KEY,
        model_id INTEGER NOT NULL REFERENCES models (id),
        name TEXT NOT NULL,
        previous INTEGER,
        number INTEGER,
        at TEXT NOT NULL
      )`,
    ],
  },
  {
    number: 3,
    name: 'endpoints',
    statements: [
      `CREATE TABLE endpoints (
        name TEXT PRIMARY KEY,
        spec TEXT NOT NULL,
        revision INTEGER NOT NULL,
        updated_at TEXT NOT NULL
      )`,
      `CREATE TABLE endpoint_revisions (
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        spec TEXT NOT NULL,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        why TEXT NOT NULL,
        PRIMARY KEY (name, revision)
      )`,
    ],
  },
  {
    number: 7,
    name: 'versions without packages, texts, tags, signatures, webhooks',
    statements: [
      // What names the other table goes first; both are made anew, because the digest of a version may be missing now.
      'CREATE TABLE old_aliases AS SELECT * FROM aliases',
      'CREATE TABLE old_versions AS SELECT * FROM versions',
      'DROP TABLE aliases',
      'DROP TABLE versions',
      `CREATE TABLE versions (
        model_id INTEGER NOT NULL REFERENCES models (id),
        number INTEGER NOT NULL,
        digest TEXT REFERENCES packages (digest),
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        source TEXT NOT NULL,
        summary TEXT NOT NULL,
        description TEXT,
        stage TEXT NOT NULL DEFAULT 'None',
        state TEXT NOT NULL DEFAULT 'ready',
        problem TEXT,
        origin TEXT,
        artifacts TEXT,
        run_id TEXT,
        run_link TEXT,
        logged_model_id TEXT,
        claimed_until TEXT,
        deleted_at TEXT,
        PRIMARY KEY (model_id, number)
      )`,
      `INSERT INTO versions (model_id, number, digest, created_at, updated_at, source, summary)
        SELECT model_id, number, digest, created_at, created_at, source, summary FROM old_versions`,
      `CREATE TABLE aliases (
        model_id INTEGER NOT NULL REFERENCES models (id),
        name TEXT NOT NULL,
        number INTEGER NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (model_id, name),
        FOREIGN KEY (model_id, number) REFERENCES versions (model_id, number)
      )`,
      'INSERT INTO aliases SELECT model_id, name, number, updated_at FROM old_aliases',
      'DROP TABLE old_aliases',
      'DROP TABLE old_versions',
      'CREATE INDEX versions_by_digest ON versions (digest)',
      'CREATE INDEX versions_by_run ON versions (run_id)',
      'CREATE INDEX versions_by_state ON versions (state)',
      `ALTER TABLE models ADD COLUMN title TEXT`,
      `ALTER TABLE models ADD COLUMN description TEXT NOT NULL DEFAULT ''`,
      `ALTER TABLE models ADD COLUMN card TEXT NOT NULL DEFAULT ''`,
      `ALTER TABLE models ADD COLUMN updated_at TEXT`,
      `ALTER TABLE models ADD COLUMN deleted_at TEXT`,
      'UPDATE models SET title = name, updated_at = created_at',
      'CREATE UNIQUE INDEX models_by_title ON models (title)',
      `CREATE TABLE model_tags (
        model_id INTEGER NOT NULL REFERENCES models (id),
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (model_id, key)
      )`,
      `CREATE TABLE version_tags (
        model_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (model_id, number, key),
        FOREIGN KEY (model_id, number) REFERENCES versions (model_id, number)
      )`,
      `CREATE TABLE signatures (
        digest TEXT NOT NULL,
        signature TEXT NOT NULL,
        payload TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (digest, signature)
      )`,
      `CREATE TABLE webhooks (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        url TEXT NOT NULL,
        events TEXT NOT NULL,
        model TEXT,
        secret TEXT NOT NULL,
        is_active INTEGER NOT NULL,
        created_at TEXT NOT NULL
      )`,
      `CREATE TABLE webhook_deliveries (
        id TEXT PRIMARY KEY,
        webhook_id TEXT NOT NULL REFERENCES webhooks (id),
        event TEXT NOT NULL,
        payload TEXT NOT NULL,
        created_at TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        state TEXT NOT NULL,
        next_at TEXT NOT NULL,
        status INTEGER,
        problem TEXT
      )`,
      'CREATE INDEX webhook_deliveries_due ON webhook_deliveries (state, next_at)',
    ],
  },
];
