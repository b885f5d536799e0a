"""The script that a user would write: score a CSV file with pandas. python predict_csv.py MODEL IN OUT"""

import sys

import joblib
import pandas as pd

model = joblib.load(sys.argv[1])
rows = pd.read_csv(sys.argv[2])
probabilities = model.predict_proba(rows)
out = pd.DataFrame(probabilities, columns=[f"probability_{label}" for label in model.classes_])
out.insert(0, "prediction", model.classes_[probabilities.argmax(axis=1)])
out.to_csv(sys.argv[3], index=False)
