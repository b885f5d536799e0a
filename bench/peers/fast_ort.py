"""FastAPI with ONNX Runtime. MODEL is the .onnx file."""

import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from pydantic import BaseModel

options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(os.environ["MODEL"], options)
app = FastAPI()


class Row(BaseModel):
    age: float | None
    tenure: float | None
    monthly: float | None
    total: float | None
    plan: str
    region: str
    payment: str


@app.post("/predict")
async def predict(row: Row):
    values = row.model_dump().items()
    feed = {name: np.array([[value]], dtype=object if isinstance(value, str) else np.float32) for name, value in values}
    label, probabilities = session.run(None, feed)
    return {"prediction": int(label[0]), "probabilities": probabilities[0].tolist()}
