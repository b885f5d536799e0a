import type { Migration } from '../stores/index.ts';

/** The tables of predictions that wait for their outcome, and of outcomes. Released steps never change. */
export const journalMigrations: readonly Migration[] = [
  {
    number: 5,
    name: 'predictions, feedback',
    statements: [
      `CREATE TABLE predictions (
        request_id TEXT NOT NULL,
        row_index INTEGER NOT NULL,
        model TEXT NOT NULL,
        version INTEGER,
        digest TEXT NOT NULL,
        task TEXT NOT NULL,
        prediction TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (request_id, row_index)
      )`,
      'CREATE INDEX predictions_by_time ON predictions (at)',
      `CREATE TABLE feedback (
        request_id TEXT NOT NULL,
        row_index INTEGER NOT NULL,
        state TEXT NOT NULL,
        model TEXT,
        version INTEGER,
        digest TEXT,
        task TEXT,
        prediction TEXT,
        actual TEXT NOT NULL,
        correct INTEGER,
        absolute_error REAL,
        squared_error REAL,
        actor TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (request_id, row_index)
      )`,
      'CREATE INDEX feedback_by_version ON feedback (state, model, version, correct, absolute_error, squared_error)',
    ],
  },
];
