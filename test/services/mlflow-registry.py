"""A data scientist's day with the model registry, by MLflow's own client. Arguments: URL of the server, rows of churn as JSON."""

import json
import os
import sys
import time

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer
from sklearn.pipeline import make_pipeline

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
rows, labels = load_iris(return_X_y=True)
model = LogisticRegression(max_iter=500).fit(rows, labels)


def own(values):
    return values * 2


custom = make_pipeline(FunctionTransformer(own), LogisticRegression(max_iter=500)).fit(rows, labels)

with mlflow.start_run() as run:
    # With requirements given, the client does not load each model once more to find them.
    known = {"pip_requirements": ["scikit-learn"]}
    logged = mlflow.sklearn.log_model(model, name="model", registered_model_name="Iris Classifier", **known)
    skops = mlflow.sklearn.log_model(model, name="skops", serialization_format="skops", **known)
    code = mlflow.sklearn.log_model(custom, name="custom", serialization_format="cloudpickle", **known)

second = mlflow.register_model(f"models:/{skops.model_id}", "Iris Classifier", tags={"kind": "skops"})
refused = mlflow.register_model(code.model_uri, "custom")
copied = client.copy_model_version("models:/Iris Classifier/1", "iris")
client.set_registered_model_alias("iris", "champion", copied.version)
client.update_model_version("iris", copied.version, description="the best")
client.set_registered_model_tag("iris", "team", "flowers")


def imported(name, version):
    for _ in range(240):
        tags = client.get_model_version(name, version).tags
        if tags.get("slipway.import") != "pending":
            return tags
        time.sleep(0.25)
    return tags


first = imported("Iris Classifier", "1")
loaded = mlflow.pyfunc.load_model("models:/iris@champion")
staged = client.transition_model_version_stage("Iris Classifier", "1", "Production")
answer = {
    "first": first,
    "skops": imported("Iris Classifier", second.version),
    "custom": imported("custom", refused.version),
    "copied": imported("iris", copied.version),
    "equal": bool((loaded.predict(rows) == model.predict(rows)).all()),
    "by version": mlflow.sklearn.load_model("models:/Iris Classifier/1").predict(rows[:3]).tolist(),
    "models": [(found.name, found.tags, found.aliases) for found in client.search_registered_models("name ILIKE 'i%'")],
    "versions": [(found.name, found.version) for found in client.search_model_versions("tags.kind = 'skops'")],
    "description": client.get_model_version_by_alias("iris", "champion").description,
    "production": [found.version for found in client.get_latest_versions("Iris Classifier", ["Production"])],
    "stage": staged.current_stage,
    "package": mlflow.models.get_model_info("models:/churn/1").signature.inputs.input_names(),
    "files": sorted(os.listdir(mlflow.artifacts.download_artifacts("models:/churn/1"))),
    "on logged model": json.loads(mlflow.get_logged_model(skops.model_id).tags["mlflow.modelVersions"]),
    "probabilities": model.predict_proba(rows[:1]).tolist(),
}
client.delete_registered_model_alias("iris", "champion")
client.delete_model_version("Iris Classifier", second.version)
try:
    client.get_model_version("Iris Classifier", second.version)
except MlflowException as error:
    answer["deleted"] = error.error_code
client.set_registered_model_alias("iris", "champion", "1")
client.rename_registered_model("custom", "renamed")
client.delete_registered_model("renamed")
try:
    mlflow.pyfunc.load_model("models:/iris@nobody")
except MlflowException as error:
    answer["nobody"] = str(error)
print(json.dumps(answer))
