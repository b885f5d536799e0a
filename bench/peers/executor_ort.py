"""ONNX Runtime alone: microseconds a row, as JSON. python executor_ort.py MODEL.onnx ROWS.csv"""

import json
import sys
import time

import numpy as np
import onnxruntime as ort
import pandas as pd

BATCH = 10_000
options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options)
table = pd.read_csv(sys.argv[2], nrows=BATCH)


def feed(rows):
    return {
        name: rows[[name]].to_numpy(dtype=object if rows[name].dtype.kind not in "fiu" else np.float32) for name in rows.columns
    }


def microseconds(inputs, rows, seconds=1.0):
    session.run(None, inputs)
    best = float("inf")
    for _ in range(5):
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds / 5:
            session.run(None, inputs)
            count += 1
        best = min(best, (time.perf_counter() - began) / count / rows * 1e6)
    return best


print(json.dumps({"one": microseconds(feed(table.head(1)), 1), "batch": microseconds(feed(table), BATCH)}))
