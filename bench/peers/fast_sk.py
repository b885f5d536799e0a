"""FastAPI with scikit-learn, as most tutorials have it. MODEL is the .joblib file."""

import os

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

model = joblib.load(os.environ["MODEL"])
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
def predict(row: Row):
    probabilities = model.predict_proba(pd.DataFrame([row.model_dump()]))[0]
    return {"prediction": int(probabilities.argmax()), "probabilities": probabilities.tolist()}
