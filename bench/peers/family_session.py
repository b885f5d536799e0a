"""One representative model for each family of the libraries.

python family_session.py train OUT    makes OUT/<id>.joblib (or .cbm), OUT/<id>.json with the library's own answers, and rows for all of them
python family_session.py time OUT     then a line "<id> one" or "<id> many" on stdin is answered with microseconds of processor time a row
"""

import json
import sys
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR, OneClassSVM
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

warnings.filterwarnings("ignore")
MANY, FEATURES, TRAINING, CHECKED = 100_000, 20, 2000, 100
NUMBERS = ["age", "tenure", "monthly", "total"]
CATEGORIES = ["plan", "region", "payment"]


def table_of(count, random):
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
    table.loc[random.random(count) < 0.05, "monthly"] = np.nan
    return table


def texts_of(count, random):
    words = np.array([f"{a}{b}" for a in ["lo", "mi", "ta", "re", "su", "vo", "ne"] for b in ["ram", "dor", "lis", "tem", "qua", "pel"]])
    return [" ".join(words[random.integers(0, len(words), 8)]) for _ in range(count)]


def preprocessed(model):
    numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
    columns = [("numbers", numbers, NUMBERS), ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES)]
    return Pipeline([("columns", ColumnTransformer(columns)), ("model", model)])


# id: model, method, rows, target (None: unsupervised), training rows
FAMILIES = {
    "linear": (LinearRegression(), "predict", "numbers", "value", TRAINING),
    "logistic": (LogisticRegression(max_iter=1000), "predict_proba", "numbers", "class", TRAINING),
    "ridge-classifier": (RidgeClassifier(), "decision_function", "numbers", "class", TRAINING),
    "calibrated": (CalibratedClassifierCV(LogisticRegression(max_iter=1000), cv=3), "predict_proba", "numbers", "class", TRAINING),
    "tree": (DecisionTreeClassifier(random_state=0), "predict_proba", "numbers", "class", TRAINING),
    "random-forest": (RandomForestClassifier(100, random_state=0), "predict_proba", "numbers", "class", TRAINING),
    "extra-trees": (ExtraTreesRegressor(100, random_state=0), "predict", "numbers", "value", TRAINING),
    "gradient-boosting": (GradientBoostingClassifier(random_state=0), "predict_proba", "numbers", "class", TRAINING),
    "hist-gradient-boosting": (HistGradientBoostingClassifier(random_state=0), "predict_proba", "numbers", "class", TRAINING),
    "ada-boost": (AdaBoostClassifier(n_estimators=50, random_state=0), "predict_proba", "numbers", "class", TRAINING),
    "bagging": (BaggingClassifier(n_estimators=10, random_state=0), "predict_proba", "numbers", "class", TRAINING),
    "svc": (SVC(probability=True, random_state=0), "predict_proba", "numbers", "class", 500),
    "svr": (SVR(), "predict", "numbers", "value", 500),
    "one-class-svm": (OneClassSVM(nu=0.2), "decision_function", "numbers", None, 500),
    "kernel-ridge": (KernelRidge(kernel="rbf", gamma=0.05), "predict", "numbers", "value", 500),
    "nystroem": (Nystroem(n_components=100, random_state=0), "transform", "numbers", None, TRAINING),
    "nystroem-logistic": (make_pipeline(Nystroem(n_components=100, random_state=0), LogisticRegression(max_iter=1000)), "predict_proba", "numbers", "class", TRAINING),
    "k-neighbors": (KNeighborsClassifier(), "predict_proba", "numbers", "class", 500),
    "k-neighbors-regressor": (KNeighborsRegressor(weights="distance"), "predict", "numbers", "value", 500),
    "gaussian-nb": (GaussianNB(), "predict_proba", "numbers", "class", TRAINING),
    "multinomial-nb": (MultinomialNB(), "predict_proba", "counts", "class", TRAINING),
    "bernoulli-nb": (BernoulliNB(), "predict_proba", "numbers", "class", TRAINING),
    "lda": (LinearDiscriminantAnalysis(), "predict_proba", "numbers", "class", TRAINING),
    "qda": (QuadraticDiscriminantAnalysis(), "predict_proba", "numbers", "class", TRAINING),
    "gaussian-mixture": (GaussianMixture(5, random_state=0), "predict_proba", "numbers", None, TRAINING),
    "k-means": (KMeans(8, n_init=1, random_state=0), "predict", "numbers", None, TRAINING),
    "k-means-distances": (KMeans(8, n_init=1, random_state=0), "transform", "numbers", None, TRAINING),
    "isolation-forest": (IsolationForest(random_state=0), "decision_function", "numbers", None, TRAINING),
    "local-outlier-factor": (LocalOutlierFactor(novelty=True), "decision_function", "numbers", None, 500),
    "mlp": (MLPClassifier((64,), max_iter=200, random_state=0), "predict_proba", "numbers", "class", TRAINING),
    "mlp-regressor": (MLPRegressor(hidden_layer_sizes=(64, 32), max_iter=200, random_state=0), "predict", "numbers", "value", TRAINING),
    "gaussian-process": (GaussianProcessRegressor(RBF(5.0) + WhiteKernel()), "predict", "numbers", "value", 200),
    "gaussian-process-classifier": (GaussianProcessClassifier(RBF(5.0), random_state=0), "predict_proba", "numbers", "class", 200),
    "pls": (PLSRegression(5), "predict", "numbers", "value", TRAINING),
    "pca": (PCA(8), "transform", "numbers", None, TRAINING),
    "pca-logistic": (make_pipeline(StandardScaler(), PCA(8), LogisticRegression()), "predict_proba", "numbers", "class", TRAINING),
    "table-logistic": (preprocessed(LogisticRegression(max_iter=1000)), "predict_proba", "table", "class", TRAINING),
    "table-boosting": (preprocessed(GradientBoostingClassifier(random_state=0)), "predict_proba", "table", "class", TRAINING),
    "text-logistic": (make_pipeline(TfidfVectorizer(), LogisticRegression()), "predict_proba", "text", "class", TRAINING),
    "xgboost": (XGBClassifier(n_estimators=100, n_jobs=1), "predict_proba", "numbers", "class", TRAINING),
    "lightgbm": (LGBMClassifier(n_estimators=100, n_jobs=1, verbose=-1), "predict_proba", "numbers", "class", TRAINING),
    "catboost": (CatBoostClassifier(100, thread_count=1, verbose=False, allow_writing_files=False), "predict_proba", "numbers", "class", TRAINING),
}


def train(out):
    random = np.random.default_rng(5)
    numbers = random.normal(size=(MANY, FEATURES))
    numbers.tofile(out / "numbers.bin")
    table = table_of(MANY, random)
    table.to_csv(out / "table.csv", index=False)
    texts = texts_of(MANY, random)
    (out / "texts.json").write_text(json.dumps(texts))
    rows = rows_of(out)
    score = numbers[:, 0] * numbers[:, 1] + numbers[:, 2] + random.normal(size=MANY) * 0.3
    classes = np.digitize(score, [-0.5, 0.5])
    for name, (model, method, kind, target, count) in FAMILIES.items():
        given = rows[kind][:count]
        if target is None:
            model.fit(given)
        else:
            model.fit(given, (score if target == "value" else classes)[:count])
        file = f"{name}.cbm" if name == "catboost" else f"{name}.joblib"
        if name == "catboost":
            model.save_model(str(out / file))
        else:
            joblib.dump(model, out / file)
        answers = np.asarray(getattr(model, method)(rows[kind][:CHECKED]), dtype=float)
        about = {"file": file, "method": method, "rows": kind, "answers": answers.tolist()}
        (out / f"{name}.json").write_text(json.dumps(about))
    (out / "families.json").write_text(json.dumps(list(FAMILIES)))


def rows_of(out):
    numbers = np.fromfile(out / "numbers.bin").reshape(MANY, FEATURES)
    return {
        "numbers": numbers,
        "counts": np.floor(np.abs(numbers) * 3),
        "table": pd.read_csv(out / "table.csv"),
        "text": json.loads((out / "texts.json").read_text()),
    }


def best(call, seconds):
    """Seconds of a call, the better of two stretches: what ours are measured by, too."""
    result = float("inf")
    for _ in range(2):
        began, calls = time.process_time(), 0
        while calls == 0 or time.process_time() - began < seconds / 2:
            call()
            calls += 1
        result = min(result, (time.process_time() - began) / calls)
    return result


def load(out, name, rows):
    """The model's method, and the rows that it takes."""
    about = json.loads((out / f"{name}.json").read_text())
    model = CatBoostClassifier().load_model(str(out / about["file"])) if name == "catboost" else joblib.load(out / about["file"])
    return getattr(model, about["method"]), rows[about["rows"]]


def microseconds(call, given, form):
    ones = [given[i : i + 1] for i in range(10)]
    call(ones[0])
    if form == "one":
        return best(lambda: [call(one) for one in ones], 0.25) / len(ones) * 1e6
    return best(lambda: call(given), 0.5) / MANY * 1e6


def serve(out):
    rows = rows_of(out)
    for line in sys.stdin:
        name, form = line.split()
        try:
            answer = microseconds(*load(out, name, rows), form)
        except Exception as error:
            print(f"{name}: {error}", file=sys.stderr)
            answer = "NaN"
        print(answer, flush=True)


if __name__ == "__main__":
    {"train": train, "time": serve}[sys.argv[1]](Path(sys.argv[2]))
