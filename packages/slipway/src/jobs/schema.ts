import type { Migration } from '../stores/index.ts';

/** The tables of batch jobs and schedules. Released steps never change. */
export const jobMigrations: readonly Migration[] = [
  {
    number: 8,
    name: 'batch jobs, schedules',
    statements: [
      `CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        model TEXT NOT NULL,
        spec TEXT NOT NULL,
        state TEXT NOT NULL,
        progress TEXT,
        report TEXT,
        error TEXT,
        attempts INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        actor TEXT NOT NULL,
        created_at TEXT NOT NULL,
        not_before TEXT NOT NULL,
        started_at TEXT,
        finished_at TEXT,
        owner TEXT,
        beat_at TEXT,
        schedule TEXT,
        due_at TEXT
      )`,
      'CREATE UNIQUE INDEX jobs_by_seq ON jobs (seq)',
      'CREATE INDEX jobs_by_state ON jobs (state, not_before)',
      'CREATE UNIQUE INDEX jobs_by_due ON jobs (schedule, due_at)',
      `CREATE TABLE schedules (
        name TEXT PRIMARY KEY,
        spec TEXT NOT NULL,
        paused INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        seen_at TEXT NOT NULL
      )`,
    ],
  },
];
