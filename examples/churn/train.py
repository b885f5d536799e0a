"""Trains the churn example: which customers of a telecom company will leave?

    pip install scikit-learn==1.9.1 pandas joblib
    python train.py

Writes model.joblib (the pipeline, as anybody would save it), rows.csv and rows.json (customers to score), and
answers.jsonl (what scikit-learn says about them). The customers are made up; the seed makes them the same every time.
"""

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
NUMBERS = ["age", "tenure_months", "monthly_charges", "total_charges", "support_calls"]
CATEGORIES = ["contract", "internet_service", "payment_method", "region"]
FLAGS = ["paperless_billing"]


def customers(count, seed):
    """A table of customers and whether each stays or leaves."""
    random = np.random.default_rng(seed)
    contract = random.choice(["Month-to-month", "One year", "Two year"], count, p=[0.55, 0.24, 0.21])
    internet = random.choice(["DSL", "Fiber optic", "No internet"], count, p=[0.36, 0.44, 0.2])
    payment = random.choice(["Bank transfer", "Credit card", "Electronic check", "Mailed check"], count)
    region = random.choice(["Central", "East", "North", "South", "West"], count)
    paperless = random.random(count) < 0.6
    age = random.integers(18, 86, count).astype(float)
    tenure = random.integers(0, 73, count)
    calls = random.poisson(1.4, count)
    base = np.select([internet == "Fiber optic", internet == "DSL"], [82, 58], 22)
    monthly = (base + random.normal(0, 9, count)).clip(15, 130).round(2)
    total = (monthly * tenure * random.normal(1, 0.04, count)).round(2)
    pull = (
        1.5 * (contract == "Month-to-month")
        - 0.9 * (contract == "Two year")
        + 0.8 * (internet == "Fiber optic")
        + 0.6 * (payment == "Electronic check")
        + 0.3 * paperless
        + 0.45 * calls
        + 0.012 * (monthly - 60)
        - 0.045 * tenure
        - 0.006 * (age - 45)
        - 1.3
    )
    churn = np.where(random.random(count) < 1 / (1 + np.exp(-pull)), "leaves", "stays")
    table = pd.DataFrame(
        {
            "age": age,
            "tenure_months": tenure,
            "monthly_charges": monthly,
            "total_charges": total,
            "support_calls": calls,
            "contract": contract,
            "internet_service": internet,
            "payment_method": payment,
            "region": region,
            "paperless_billing": paperless,
        }
    )
    # What real tables look like: new customers have no total yet, some never told their age or how they pay.
    table.loc[tenure == 0, "total_charges"] = np.nan
    table.loc[random.random(count) < 0.08, "age"] = np.nan
    table.loc[random.random(count) < 0.04, "payment_method"] = np.nan
    return table, churn


def pipeline():
    numbers = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    categories = Pipeline(
        [
            ("impute", SimpleImputer(strategy="most_frequent")),
            ("one_hot", OneHotEncoder(handle_unknown="ignore")),
        ]
    )
    columns = ColumnTransformer(
        [("numbers", numbers, NUMBERS), ("categories", categories, CATEGORIES), ("flags", OneHotEncoder(drop="if_binary"), FLAGS)]
    )
    return Pipeline([("columns", columns), ("model", GradientBoostingClassifier(n_estimators=100, random_state=0))])


def main():
    table, churn = customers(6000, seed=11)
    train, test, train_churn, test_churn = train_test_split(table, churn, test_size=0.25, random_state=0)
    model = pipeline().fit(train, train_churn)
    leaves = list(model.classes_).index("leaves")
    print("ROC AUC on unseen customers:", round(roc_auc_score(test_churn == "leaves", model.predict_proba(test)[:, leaves]), 3))
    joblib.dump(model, HERE / "model.joblib")

    rows = customers(24, seed=12)[0]
    rows.to_csv(HERE / "rows.csv", index=False)
    records = [{k: None if pd.isna(v) else v for k, v in row.items()} for row in rows.to_dict("records")]
    lines = ",\n".join("  " + json.dumps(record) for record in records)
    (HERE / "rows.json").write_text(f"[\n{lines}\n]\n")
    with open(HERE / "answers.jsonl", "w") as out:
        for label, probabilities in zip(model.predict(rows), model.predict_proba(rows)):
            by_class = dict(zip(model.classes_.tolist(), probabilities.tolist()))
            out.write(json.dumps({"prediction": str(label), "probabilities": by_class}) + "\n")


if __name__ == "__main__":
    main()
