"""BentoML with scikit-learn. MODEL is the .joblib file. The body is {"row": {…}}."""

import os

import bentoml
import joblib
import pandas as pd


@bentoml.service(workers=1)
class Churn:
    def __init__(self):
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predict(self, row: dict) -> dict:
        probabilities = self.model.predict_proba(pd.DataFrame([row]))[0]
        return {"prediction": int(probabilities.argmax()), "probabilities": probabilities.tolist()}
