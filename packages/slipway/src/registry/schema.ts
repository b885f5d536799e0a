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
];
