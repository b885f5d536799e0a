"""How MLflow's own connections to SQLite are set: python mlflow_pragmas.py URI"""

import sys

from mlflow.store.db.utils import create_sqlalchemy_engine_with_retry
from sqlalchemy import text

with create_sqlalchemy_engine_with_retry(sys.argv[1]).connect() as connection:
    names = ["journal_mode", "synchronous"]
    print(*(f"{name}={connection.execute(text(f'PRAGMA {name}')).scalar()}" for name in names))
