"""Trains what the benchmarks serve, into the folder given: churn.joblib and churn.onnx (7 columns, imputer, scaler, one-hot, 100 boosted
trees), cancer.joblib and cancer.onnx (30 columns, logistic regression), forest.joblib (500 trees, about 67 MB), one row of each as JSON,
and rows.csv with a million rows.
"""

import json
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import skl2onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

OUT = Path(sys.argv[1])
NUMBERS = ["age", "tenure", "monthly", "total"]
CATEGORIES = ["plan", "region", "payment"]
CSV_ROWS = 1_000_000


def customers(count):
    random = np.random.default_rng(7)
    table = pd.DataFrame(
        {
            "age": random.integers(18, 80, count).astype(float),
            "tenure": random.integers(0, 72, count).astype(float),
            "monthly": random.normal(70, 25, count).round(2),
            "total": random.normal(2000, 900, count).round(2),
            "plan": random.choice(["basic", "silver", "gold"], count),
            "region": random.choice(["n", "s", "e", "w"], count),
            "payment": random.choice(["card", "bank", "cash"], count),
        }
    )
    churn = ((table.tenure < 20) & (table.monthly > 60) | (random.random(count) < 0.1)).astype(int)
    return table, churn


def pipeline(model):
    numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
    columns = [("numbers", numbers, NUMBERS), ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES)]
    return Pipeline([("columns", ColumnTransformer(columns)), ("model", model)])


def write_onnx(model, inputs, name):
    graph = skl2onnx.convert_sklearn(model, initial_types=inputs, options={id(model): {"zipmap": False}})
    (OUT / name).write_bytes(graph.SerializeToString())


table, churn = customers(4000)
model = pipeline(GradientBoostingClassifier(n_estimators=100, random_state=0)).fit(table, churn)
joblib.dump(model, OUT / "churn.joblib")
inputs = [(name, FloatTensorType([None, 1])) for name in NUMBERS] + [(name, StringTensorType([None, 1])) for name in CATEGORIES]
write_onnx(model, inputs, "churn.onnx")
(OUT / "churn.json").write_text(json.dumps(table.iloc[0].to_dict()))

X, y = load_breast_cancer(return_X_y=True)
cancer = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(max_iter=1000))]).fit(X, y)
joblib.dump(cancer, OUT / "cancer.joblib")
write_onnx(cancer, [("x", FloatTensorType([None, 30]))], "cancer.onnx")
(OUT / "cancer.json").write_text(json.dumps(X[0].tolist()))

random = np.random.default_rng(3)
features = random.normal(size=(6000, 20))
labels = (features[:, 0] * features[:, 1] + features[:, 2] + random.normal(size=6000) > 0).astype(int)
forest = RandomForestClassifier(n_estimators=500, random_state=0, n_jobs=-1).fit(features, labels)
forest.n_jobs = None
joblib.dump(forest, OUT / "forest.joblib")

customers(CSV_ROWS)[0].to_csv(OUT / "rows.csv", index=False)
