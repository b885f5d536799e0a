"""The script that a user would write, in chunks: pandas and scikit-learn. python batch_pandas.py MODEL IN OUT"""

import sys

import joblib
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

model = joblib.load(sys.argv[1])
writer = None
for batch in pq.ParquetFile(sys.argv[2]).iter_batches(batch_size=100_000):
    rows = batch.to_pandas()
    probabilities = model.predict_proba(rows)
    out = pd.DataFrame(probabilities, columns=[f"probabilities.{label}" for label in model.classes_])
    out.insert(0, "prediction", model.classes_[probabilities.argmax(axis=1)])
    out.insert(0, "id", rows["id"].to_numpy())
    table = pa.Table.from_pandas(out, preserve_index=False)
    writer = writer or pq.ParquetWriter(sys.argv[3], table.schema)
    writer.write_table(table)
writer.close()
