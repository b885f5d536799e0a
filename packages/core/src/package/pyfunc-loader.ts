/**
 * `code/slipway_pyfunc.py` of every package: loads it for MLflow, Spark and Azure ML hosts with numpy and onnxruntime only.
 *
 * It feeds `[N,1]` columns (or one `[N,F]` matrix), puts the sentinel in place of missing strings, and answers the columns
 * that `answer` of slipway.json lists.
 */
export const loader = String.raw`"""Loads a Slipway package in Python. Needs numpy and onnxruntime only.

    import slipway_pyfunc
    model = slipway_pyfunc.load("churn/")
    model.predict([{"age": 41, "plan": None}])
"""
import json
import os
import sys

import numpy as np

MISSING = "\ue000null"
CHUNK = 4096
DTYPES = {
    "tensor(double)": np.float64, "tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64,
    "tensor(int32)": np.int32, "tensor(int16)": np.int16, "tensor(int8)": np.int8, "tensor(uint64)": np.uint64,
    "tensor(uint32)": np.uint32, "tensor(uint16)": np.uint16, "tensor(uint8)": np.uint8, "tensor(bool)": np.bool_,
}


def load(path):
    """The model in the folder of a package."""
    return Model(path)


def _load_pyfunc(path, model_config=None):
    """What mlflow.pyfunc.load_model calls."""
    return Model(path)


class Model:
    def __init__(self, path):
        import onnxruntime

        with open(os.path.join(path, "slipway.json"), encoding="utf-8") as file:
            self.manifest = json.load(file)
        if self.manifest["formatVersion"] > 1:
            raise ValueError("this package needs a newer slipway_pyfunc.py")
        if os.path.exists(os.path.join(path, "pre.json")):
            raise ValueError("this model has steps before its graph (text, pictures), which run in Slipway only: use its HTTP server")
        self.signature = self.manifest["signature"]
        self.session = onnxruntime.InferenceSession(
            os.path.join(path, "model.onnx"), providers=["CPUExecutionProvider"]
        )

    def predict(self, data, params=None):
        """Answers a DataFrame, a list of rows, a dict of columns or an array; a DataFrame for a DataFrame, else a dict of arrays."""
        feeds, count = self._feeds(data)
        parts = []
        for start in range(0, max(count, 1), CHUNK):
            chunk = {name: array[start : start + CHUNK] for name, array in feeds.items()}
            parts.append(self.session.run(None, chunk))
        names = [output.name for output in self.session.get_outputs()]
        outputs = {name: np.concatenate([part[i] for part in parts]) for i, name in enumerate(names)}
        answer = self._answer(outputs)
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(data, pandas.DataFrame) and self.manifest["answer"]:
            return pandas.DataFrame(answer, index=data.index)
        return answer

    def _feeds(self, data):
        inputs = self.session.get_inputs()
        if self.signature["form"] == "table":
            column_of = _columns(data, [column["name"] for column in self.signature["columns"]])
        elif len(inputs) == 1 and not _is_text(inputs[0]):
            matrix = data[inputs[0].name] if isinstance(data, dict) else data
            array = np.asarray(matrix, dtype=DTYPES[inputs[0].type])
            if self.signature["form"] == "array" and array.ndim == 1:
                array = array.reshape(1, -1)
            return {inputs[0].name: array}, len(array)
        else:
            column_of = _columns(data, [input.name for input in inputs])
        feeds = {}
        for input in inputs:
            values = column_of(input.name)
            if len(input.shape) == 2 and input.shape[1] == 1 and np.ndim(values) == 1:
                values = _column(values, input)
            else:
                values = np.asarray(values, dtype=DTYPES[input.type])
            feeds[input.name] = values
        return feeds, len(next(iter(feeds.values())))

    def _answer(self, outputs):
        answer = {}
        for column in self.manifest["answer"]:
            values = outputs[column["output"]]
            values = values[:, column["at"]] if values.ndim > 1 else values
            if "labels" in column:
                values = np.asarray(column["labels"])[values.astype(np.int64)]
            answer[column["name"]] = values
        return answer or outputs


def _columns(data, names):
    """A function from column name to its values."""
    if hasattr(data, "columns") and hasattr(data, "loc"):
        missing = [name for name in names if name not in data.columns]
        if len(missing) == len(names) and len(data.columns) == len(names):
            return lambda name: data.iloc[:, names.index(name)].to_numpy()
        return lambda name: data[name].to_numpy()
    if isinstance(data, dict):
        return lambda name: data[name]
    rows = list(data)
    if rows and isinstance(rows[0], dict):
        return lambda name: [row.get(name) for row in rows]
    return lambda name: [row[names.index(name)] for row in rows]


def _is_text(input):
    return input.type == "tensor(string)"


def _is_missing(value):
    return value is None or value != value or type(value).__name__ in ("NAType", "NaTType")


def _column(values, input):
    if _is_text(input):
        return np.array([[_text(value)] for value in values], dtype=object)
    numbers = [np.nan if _is_missing(value) else value for value in values]
    return np.array(numbers, dtype=DTYPES[input.type]).reshape(-1, 1)


def _text(value):
    if _is_missing(value):
        return MISSING
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    return str(value)
`;
