"""Saves models of many kinds with slipway_save; python-save.test.ts looks at what was written.

python python-save.py REPOSITORY OUT
"""

import json
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

ROOT, OUT = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(ROOT / "python"))
from slipway_save import save  # noqa: E402


class Odd:
    def predict(self, rows):
        return ["yes"] * len(rows)

    def predict_proba(self, rows):
        raise RuntimeError("boom\nand more")

    @property
    def transform(self):
        raise KeyError("odd")


churn = joblib.load(ROOT / "examples/churn/model.joblib")
rows = pd.read_csv(ROOT / "examples/churn/rows.csv")
save(churn, rows, OUT / "churn")
save(churn, rows, OUT / "churn")  # an earlier save is replaced
save({"note": "x", "parts": ("y", churn)}, pd.concat([rows] * 20), OUT / "bundle")
save(churn, rows, OUT / "one.zip")
save(churn, rows, OUT / "two.zip")

X = np.array([[0, 0.5], [1, 2], [1, np.nan], [np.inf, 1], [3, 4], [5, 6]])
y = np.array([0, 1, 1, 0, 1, 0])
whole = X[[0, 1, 4, 5]]
save(LinearRegression().fit(whole, whole[:, 0]), X, OUT / "refused")
save(make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["good", "bad"], ["p", "n"]), ["a good day"], OUT / "text")
save(IsolationForest(n_estimators=10, random_state=0).fit(whole), whole, OUT / "outlier")
save(KMeans(2, n_init=1, random_state=0).fit(whole), whole, OUT / "cluster")
save(RandomForestClassifier(3, random_state=0).fit(whole, np.eye(4)[:, :2]), whole, OUT / "targets")

table = pd.DataFrame(
    {
        "when": pd.to_datetime(["2024-01-01", None]),
        "grade": pd.Categorical(["a", "b"], ["b", "a"]),
        "whole": pd.array([1, None], "Int64"),
        "flag": pd.array([True, None], "boolean"),
        "big": [7, 3],
        "half": np.float32([0.1, 0.5]),
        "word": [None, "x"],
    }
)
save(Odd(), table, OUT / "odd")

refusals = {}
(OUT / "taken").mkdir()
(OUT / "taken/notes.txt").write_text("mine")
for name, args in {
    "lambda": (make_pipeline(FunctionTransformer(lambda x: x), LinearRegression()).fit(whole, y[:4]), whole, OUT / "lambda"),
    "other files": (churn, rows, OUT / "taken"),
    "no model": ({"a": 1}, rows, OUT / "none"),
    "no rows": (churn, rows.head(0), OUT / "none"),
}.items():
    try:
        save(*args)
        refusals[name] = "was saved"
    except (ValueError, FileExistsError) as error:
        refusals[name] = str(error)
(OUT / "refusals.json").write_text(json.dumps(refusals))

sys.modules["joblib"] = None  # as if it were not installed
save(churn, rows, OUT / "without-joblib")
