"""Puts runs with metrics into an experiment of MLflow's SQLite database: through its server that would take hours.

    python mlflow_fill.py DATABASE EXPERIMENT RUNS METRICS
"""

import sqlite3
import sys

path, experiment, runs, metrics = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
database = sqlite3.connect(path)
database.executemany(
    """INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
        source_version, lifecycle_stage, artifact_uri, experiment_id)
      VALUES (?, ?, 'UNKNOWN', '', '', 'me', 'FINISHED', ?, '', 'active', 'mlflow-artifacts:/x', ?)""",
    ((f"{i:032x}", f"run {i}", 1_700_000_000_000 + i, experiment) for i in range(1, runs + 1)),
)
database.executemany(
    "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, 1, 1, 0, ?)",
    (
        (f"m{j}", ((i * 7919 + j * 104729) % 100_000) / 100_000, f"{i:032x}")
        for i in range(1, runs + 1)
        for j in range(metrics)
    ),
)
database.commit()
