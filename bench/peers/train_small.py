"""Two hundred small models of 7 columns, all different, into the folder given: small-000.joblib and so on. A third each are a logistic
regression, 20 boosted trees and a forest of 10, behind imputer, scaler and one-hot.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["age", "tenure", "monthly", "total"]
CATEGORIES = ["plan", "region", "payment"]
ROWS = 400

for number in range(200):
    random = np.random.default_rng(number)
    table = pd.DataFrame({name: random.normal(50, 20, ROWS).round(2) for name in NUMBERS})
    for name, values in zip(CATEGORIES, [["basic", "silver", "gold"], ["n", "s", "e", "w"], ["card", "bank", "cash"]]):
        table[name] = random.choice(values, ROWS)
    churn = ((table.tenure < 45) & (table.monthly > 40) | (random.random(ROWS) < 0.1)).astype(int)
    model = [
        LogisticRegression(max_iter=1000),
        GradientBoostingClassifier(n_estimators=20, random_state=number),
        RandomForestClassifier(n_estimators=10, max_depth=6, random_state=number),
    ][number % 3]
    numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
    columns = ColumnTransformer([("numbers", numbers, NUMBERS), ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES)])
    joblib.dump(Pipeline([("columns", columns), ("model", model)]).fit(table, churn), Path(sys.argv[1]) / f"small-{number:03}.joblib")
