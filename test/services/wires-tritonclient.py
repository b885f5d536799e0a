"""Calls a server with NVIDIA's client and prints what it got. Arguments: URL without scheme, rows and texts as JSON."""

import json
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

url, sent = sys.argv[1], json.load(open(sys.argv[2]))
client = http.InferenceServerClient(url)
answer = {
    "live": client.is_server_live(),
    "ready": client.is_server_ready(),
    "model_ready": client.is_model_ready("iris"),
    "other_ready": client.is_model_ready("other"),
    "version_ready": client.is_model_ready("iris", "1"),
    "server": client.get_server_metadata(),
    "metadata": client.get_model_metadata("churn"),
    "index": client.get_model_repository_index(),
}



def texts(value):
    return [texts(item) for item in value] if isinstance(value, list) else value.decode() if isinstance(value, bytes) else value


rows = np.array(sent["iris"], dtype=np.float64)
iris = {}
for dtype in ("FP64", "FP32", "FP16"):
    for binary in (True, False):
        if dtype == "FP16" and not binary:
            continue  # the client refuses it
        kind = {"FP64": np.float64, "FP32": np.float32, "FP16": np.float16}[dtype]
        one = http.InferInput("input", list(rows.shape), dtype)
        one.set_data_from_numpy(rows.astype(kind), binary_data=binary)
        outputs = [http.InferRequestedOutput(name, binary_data=binary) for name in ("predict", "predict_proba")]
        result = client.infer("iris", [one], outputs=outputs, request_id="7")
        iris[f"{dtype} {'binary' if binary else 'JSON'}"] = {
            **{name: texts(result.as_numpy(name).tolist()) for name in ("predict", "predict_proba")},
            "dtypes": [output["datatype"] for output in result.get_response()["outputs"]],
            "id": result.get_response()["id"],
        }
for algorithm in ("gzip", "deflate"):
    one = http.InferInput("input", list(rows.shape), "FP64")
    one.set_data_from_numpy(rows)
    result = client.infer(
        "iris", [one], request_compression_algorithm=algorithm, response_compression_algorithm=algorithm
    )
    iris[algorithm] = {name: texts(result.as_numpy(name).tolist()) for name in ("predict", "predict_proba")}
answer["iris"] = iris

table = sent["churn"]
inputs = []
for spec in answer["metadata"]["inputs"]:
    values = [row[spec["name"]] for row in table]
    if spec["datatype"] == "BYTES":
        data = np.array([[str(value)] for value in values], dtype=np.object_)
    else:
        data = np.array([[np.nan if value is None else value] for value in values])
        data = data.astype({"FP64": np.float64, "INT64": np.int64, "BOOL": np.bool_}[spec["datatype"]])
    one = http.InferInput(spec["name"], list(data.shape), spec["datatype"])
    one.set_data_from_numpy(data)
    inputs.append(one)
result = client.infer("churn", inputs)
answer["churn"] = {name: texts(result.as_numpy(name).tolist()) for name in ("predict", "predict_proba")}

digits = np.array(sent["digits"], dtype=np.float32)
spec = client.get_model_metadata("digits")["inputs"][0]
one = http.InferInput(spec["name"], list(digits.shape), spec["datatype"])
one.set_data_from_numpy(digits)
result = client.infer("digits", [one])
answer["digits"] = result.as_numpy(result.get_response()["outputs"][0]["name"]).tolist()

scored = http.InferInput("input", list(rows.shape), "FP64")
scored.set_data_from_numpy(rows)
answer["classes"] = {
    str(binary): texts(
        client.infer("iris", [scored], outputs=[http.InferRequestedOutput("predict_proba", binary, class_count=2)])
        .as_numpy("predict_proba")
        .tolist()
    )
    for binary in (True, False)
}

client.unload_model("half")
answer["unloaded"] = [
    client.is_model_ready("half"),
    client.is_server_ready(),
    next(entry["state"] for entry in client.get_model_repository_index() if entry["name"] == "half"),
]
client.load_model("half")
answer["loaded"] = [
    client.is_model_ready("half"),
    next(entry["state"] for entry in client.get_model_repository_index() if entry["name"] == "half"),
]

errors = {}


def refused(name, call):
    try:
        call()
    except InferenceServerException as error:
        errors[name] = [error.status(), error.message()]


one = http.InferInput("input", [1, 3], "FP64")
one.set_data_from_numpy(np.zeros((1, 3)))
refused("shape", lambda: client.infer("iris", [one]))
refused("model", lambda: client.infer("other", [one]))
refused("version", lambda: client.infer("iris", [one], model_version="9"))
good = http.InferInput("input", list(rows.shape), "FP64")
good.set_data_from_numpy(rows)
refused("output", lambda: client.infer("iris", [good], outputs=[http.InferRequestedOutput("other")]))
wrong = http.InferInput(spec["name"], list(digits.shape), "FP64")
wrong.set_data_from_numpy(digits.astype(np.float64))
refused("datatype", lambda: client.infer("digits", [wrong]))
refused("load", lambda: client.load_model("other"))
refused("config", lambda: client.load_model("half", config="{}"))
refused("text classes", lambda: client.infer("churn", inputs, outputs=[http.InferRequestedOutput("predict", class_count=1)]))
answer["errors"] = errors
print(json.dumps(answer))
