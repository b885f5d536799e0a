"""Customers as a Parquet file, a million rows a group. python batch_rows.py ROWS OUT"""

import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

rows, out = int(sys.argv[1]), sys.argv[2]
writer = None
for start in range(0, rows, 1_000_000):
    count = min(1_000_000, rows - start)
    random = np.random.default_rng(7 + start)
    table = pd.DataFrame(
        {
            "id": np.arange(start, start + count),
            "age": random.integers(18, 80, count).astype(float),
            "tenure": random.integers(0, 72, count).astype(float),
            "monthly": random.normal(70, 25, count).round(2),
            "total": random.normal(2000, 900, count).round(2),
            "plan": random.choice(["basic", "silver", "gold"], count),
            "region": random.choice(["n", "s", "e", "w"], count),
            "payment": random.choice(["card", "bank", "cash"], count),
        }
    )
    group = pa.Table.from_pandas(table, preserve_index=False)
    writer = writer or pq.ParquetWriter(out, group.schema)
    writer.write_table(group)
writer.close()
