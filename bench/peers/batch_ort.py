"""The same by somebody who knows pyarrow and ONNX Runtime. python batch_ort.py MODEL IN OUT"""

import sys

import numpy as np
import onnxruntime as ort
import pyarrow as pa
import pyarrow.parquet as pq

pa.set_cpu_count(1)
options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options)
texts = {one.name for one in session.get_inputs() if "string" in one.type}
names = [one.name for one in session.get_inputs()]
writer = None
for batch in pq.ParquetFile(sys.argv[2], read_dictionary=sorted(texts)).iter_batches(batch_size=65_536, columns=["id", *names]):
    feeds = {}
    for name in names:
        column = batch.column(name)
        if name in texts:
            values = np.asarray(column.dictionary.to_pylist(), dtype=object)
            feeds[name] = values[column.indices.to_numpy()].reshape(-1, 1)
        else:
            feeds[name] = column.to_numpy().astype(np.float32).reshape(-1, 1)
    label, probabilities = session.run(None, feeds)
    columns = {"id": batch.column("id"), "prediction": label}
    columns |= {f"probabilities.{i}": np.ascontiguousarray(probabilities[:, i]) for i in range(probabilities.shape[1])}
    table = pa.table(columns)
    writer = writer or pq.ParquetWriter(sys.argv[3], table.schema)
    writer.write_table(table)
writer.close()
