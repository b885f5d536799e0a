"""Loads a package as MLflow hosts do, and prints what it answers as JSON.

    python mlflow-load.py PACKAGE ROWS.json
"""
import json
import sys
import warnings

import mlflow.onnx
import mlflow.pyfunc
import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
package, rows_file = sys.argv[1:]
with open(rows_file, encoding="utf-8") as file:
    rows = json.load(file)

model = mlflow.pyfunc.load_model(package)
is_table = isinstance(rows[0], dict)
frame = pd.DataFrame(rows) if is_table else np.array(rows, dtype=float)
answer = model.predict(frame)

sys.path.insert(0, package + "/code")
import slipway_pyfunc  # noqa: E402

direct = slipway_pyfunc.load(package).predict(rows)


def plain(columns):
    return {name: [None if value != value else value for value in np.asarray(values).tolist()] for name, values in columns.items()}


json.dump(
    {
        "type": type(answer).__name__,
        "answer": plain({name: answer[name] for name in answer}),
        "direct": plain(direct),
        "inputs": None if model.metadata.signature is None else len(model.metadata.signature.inputs.inputs),
        "outputs": model.metadata.signature.outputs.input_names(),
        "onnx": [node.op_type for node in mlflow.onnx.load_model(package).graph.node][:1],
    },
    sys.stdout,
)
