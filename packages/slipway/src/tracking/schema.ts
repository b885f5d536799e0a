import type { Migration } from '../stores/index.ts';

/** The tables of the tracking server. A released step never changes. */
export const trackingMigrations: readonly Migration[] = [
  {
    number: 6,
    name: 'experiments, runs, logged models, traces',
    statements: [
      `CREATE TABLE experiments (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        artifact_location TEXT NOT NULL,
        lifecycle_stage TEXT NOT NULL,
        creation_time INTEGER NOT NULL,
        last_update_time INTEGER NOT NULL
      )`,
      `CREATE TABLE experiment_tags (
        experiment_id INTEGER NOT NULL REFERENCES experiments (id),
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (experiment_id, key)
      ) WITHOUT ROWID`,
      `CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        run_uuid TEXT NOT NULL UNIQUE,
        experiment_id INTEGER NOT NULL REFERENCES experiments (id),
        name TEXT NOT NULL,
        user_id TEXT NOT NULL,
        status TEXT NOT NULL,
        start_time INTEGER NOT NULL,
        end_time INTEGER,
        lifecycle_stage TEXT NOT NULL,
        deleted_time INTEGER,
        artifact_uri TEXT NOT NULL
      )`,
      'CREATE INDEX runs_by_start ON runs (experiment_id, lifecycle_stage, start_time DESC, run_uuid)',
      // Every value that was logged, in the order in which plots sample it.
      `CREATE TABLE metrics (
        run_id INTEGER NOT NULL REFERENCES runs (id),
        key TEXT NOT NULL,
        step INTEGER NOT NULL,
        timestamp INTEGER NOT NULL,
        value REAL NOT NULL,
        is_nan INTEGER NOT NULL,
        PRIMARY KEY (run_id, key, step, timestamp, value, is_nan)
      ) WITHOUT ROWID`,
      // The newest value of each, for runs as they are shown and searched.
      `CREATE TABLE latest_metrics (
        run_id INTEGER NOT NULL REFERENCES runs (id),
        key TEXT NOT NULL,
        value REAL NOT NULL,
        timestamp INTEGER NOT NULL,
        step INTEGER NOT NULL,
        is_nan INTEGER NOT NULL,
        PRIMARY KEY (run_id, key)
      ) WITHOUT ROWID`,
      'CREATE INDEX latest_metrics_by_value ON latest_metrics (key, value)',
      `CREATE TABLE params (
        run_id INTEGER NOT NULL REFERENCES runs (id),
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (run_id, key)
      ) WITHOUT ROWID`,
      'CREATE INDEX params_by_value ON params (key, value)',
      `CREATE TABLE run_tags (
        run_id INTEGER NOT NULL REFERENCES runs (id),
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (run_id, key)
      ) WITHOUT ROWID`,
      'CREATE INDEX run_tags_by_value ON run_tags (key, value)',
      `CREATE TABLE datasets (
        id INTEGER PRIMARY KEY,
        experiment_id INTEGER NOT NULL REFERENCES experiments (id),
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        source_type TEXT NOT NULL,
        source TEXT NOT NULL,
        schema TEXT,
        profile TEXT,
        UNIQUE (experiment_id, name, digest)
      )`,
      `CREATE TABLE run_datasets (
        run_id INTEGER NOT NULL REFERENCES runs (id),
        dataset_id INTEGER NOT NULL REFERENCES datasets (id),
        tags TEXT NOT NULL,
        context TEXT,
        PRIMARY KEY (run_id, dataset_id)
      ) WITHOUT ROWID`,
      'CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_id)',
      // `input` or `output` of a run.
      `CREATE TABLE run_models (
        run_id INTEGER NOT NULL REFERENCES runs (id),
        direction TEXT NOT NULL,
        model_id TEXT NOT NULL,
        step INTEGER NOT NULL,
        PRIMARY KEY (run_id, direction, model_id)
      ) WITHOUT ROWID`,
      `CREATE TABLE logged_models (
        model_id TEXT PRIMARY KEY,
        experiment_id INTEGER NOT NULL REFERENCES experiments (id),
        name TEXT NOT NULL,
        artifact_location TEXT NOT NULL,
        creation_timestamp INTEGER NOT NULL,
        last_updated_timestamp INTEGER NOT NULL,
        model_type TEXT NOT NULL,
        status TEXT NOT NULL,
        lifecycle_stage TEXT NOT NULL,
        source_run_id TEXT NOT NULL
      )`,
      'CREATE INDEX logged_models_by_time ON logged_models (experiment_id, creation_timestamp DESC)',
      `CREATE TABLE logged_model_params (
        model_id TEXT NOT NULL REFERENCES logged_models (model_id),
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (model_id, key)
      ) WITHOUT ROWID`,
      `CREATE TABLE logged_model_tags (
        model_id TEXT NOT NULL REFERENCES logged_models (model_id),
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (model_id, key)
      ) WITHOUT ROWID`,
      `CREATE TABLE logged_model_metrics (
        model_id TEXT NOT NULL,
        key TEXT NOT NULL,
        timestamp INTEGER NOT NULL,
        step INTEGER NOT NULL,
        run_uuid TEXT NOT NULL,
        value REAL NOT NULL,
        dataset_name TEXT,
        dataset_digest TEXT,
        PRIMARY KEY (model_id, key, timestamp, step, run_uuid)
      ) WITHOUT ROWID`,
      `CREATE TABLE traces (
        trace_id TEXT PRIMARY KEY,
        experiment_id INTEGER NOT NULL REFERENCES experiments (id),
        request_time INTEGER NOT NULL,
        duration INTEGER,
        state TEXT NOT NULL,
        client_request_id TEXT,
        request_preview TEXT,
        response_preview TEXT
      )`,
      'CREATE INDEX traces_by_time ON traces (experiment_id, request_time DESC, trace_id)',
      // `kind` is tag or metadata.
      `CREATE TABLE trace_labels (
        trace_id TEXT NOT NULL REFERENCES traces (trace_id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (trace_id, kind, key)
      ) WITHOUT ROWID`,
      `CREATE TABLE spans (
        trace_id TEXT NOT NULL REFERENCES traces (trace_id) ON DELETE CASCADE,
        span_id TEXT NOT NULL,
        start_time INTEGER NOT NULL,
        content TEXT NOT NULL,
        PRIMARY KEY (trace_id, span_id)
      ) WITHOUT ROWID`,
      `CREATE TABLE trace_runs (
        run_uuid TEXT NOT NULL,
        trace_id TEXT NOT NULL REFERENCES traces (trace_id) ON DELETE CASCADE,
        PRIMARY KEY (run_uuid, trace_id)
      ) WITHOUT ROWID`,
    ],
  },
];
