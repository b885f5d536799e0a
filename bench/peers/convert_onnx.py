"""From a .joblib file to ONNX with skl2onnx. python convert_onnx.py MODEL OUT"""

import sys

import joblib
import skl2onnx
from skl2onnx.common.data_types import FloatTensorType

model = joblib.load(sys.argv[1])
graph = skl2onnx.convert_sklearn(
    model,
    initial_types=[("x", FloatTensorType([None, model.n_features_in_]))],
    options={id(model): {"zipmap": False}},
)
with open(sys.argv[2], "wb") as out:
    out.write(graph.SerializeToString())
