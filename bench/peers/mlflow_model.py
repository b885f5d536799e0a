"""The churn pipeline as an MLflow model. MODEL is the .joblib file. python mlflow_model.py FOLDER"""

import os
import sys

import joblib
import mlflow.sklearn

mlflow.sklearn.save_model(
    joblib.load(os.environ["MODEL"]), sys.argv[1], serialization_format="cloudpickle", pip_requirements=[]
)
