"""Flask with scikit-learn. MODEL is the .joblib file."""

import os

import joblib
import pandas as pd
from flask import Flask, jsonify, request

model = joblib.load(os.environ["MODEL"])
app = Flask(__name__)


@app.post("/predict")
def predict():
    probabilities = model.predict_proba(pd.DataFrame([request.get_json()]))[0]
    return jsonify(prediction=int(probabilities.argmax()), probabilities=probabilities.tolist())
