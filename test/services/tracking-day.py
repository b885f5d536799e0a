"""A day of a data scientist with an unmodified client; every line of the code is what users write.

    python tracking-day.py FOLDER

MLFLOW_TRACKING_URI says where the server is. Prints what came of it as JSON.
"""

import json
import math
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
from mlflow import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

folder = Path(sys.argv[1])
client = MlflowClient()
found = {"version": mlflow.__version__}

experiment = mlflow.set_experiment("churn")
with mlflow.start_run(run_name="by hand", tags={"team": "growth"}) as run:
    mlflow.log_param("depth", 3)
    mlflow.log_params({"rate": 0.1, "kind": "gbt"})
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"nan": math.nan, "inf": math.inf})
    mlflow.set_tag("stage", "draft")
    mlflow.log_text("hello", "notes/a.txt")
    mlflow.log_dict({"a": 1}, "config.json")
    (folder / "big.bin").write_bytes(bytes(range(256)) * 4096)
    mlflow.log_artifact(folder / "big.bin", "data")
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    mlflow.log_figure(figure, "plot.png")
run_id = run.info.run_id

read = client.get_run(run_id)
found["params"] = read.data.params
found["loss"] = read.data.metrics["loss"]
found["nan"] = math.isnan(read.data.metrics["nan"])
found["status"] = read.info.status
found["history"] = [(point.step, point.value) for point in client.get_metric_history(run_id, "loss")]
found["artifacts"] = [(entry.path, entry.is_dir) for entry in client.list_artifacts(run_id)]
found["text"] = mlflow.artifacts.load_text(f"{read.info.artifact_uri}/notes/a.txt")
copy = Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="data", dst_path=str(folder / "copy")))
found["same bytes"] = (copy / "big.bin").read_bytes() == (folder / "big.bin").read_bytes()

features, target = load_iris(return_X_y=True, as_frame=True)
mlflow.sklearn.autolog(log_models=False)
with mlflow.start_run(run_name="autolog") as automatic:
    model = LogisticRegression(max_iter=300).fit(features, target)
mlflow.sklearn.autolog(disable=True)
logged = client.get_run(automatic.info.run_id)
found["autolog"] = {
    "params": len(logged.data.params) > 5,
    "score": round(logged.data.metrics["training_score"], 2),
    "datasets": len(logged.inputs.dataset_inputs),
}

with mlflow.start_run(run_name="model") as third:
    name = {"name": "model"} if hasattr(mlflow, "get_logged_model") else {"artifact_path": "model"}
    info = mlflow.sklearn.log_model(model, **name, input_example=features[:2], pip_requirements=["scikit-learn"])
loaded = mlflow.sklearn.load_model(f"runs:/{third.info.run_id}/model")
found["same predictions"] = bool((loaded.predict(features) == model.predict(features)).all())
found["pyfunc"] = bool((mlflow.pyfunc.load_model(info.model_uri).predict(features) == model.predict(features)).all())
if hasattr(mlflow, "get_logged_model"):
    entity = mlflow.get_logged_model(info.model_id)
    found["logged model"] = [entity.name, str(entity.status), entity.source_run_id == third.info.run_id]
    found["models"] = len(mlflow.search_logged_models([experiment.experiment_id], output_format="list"))

runs = mlflow.search_runs([experiment.experiment_id], order_by=["metrics.loss ASC"])
found["runs"] = list(runs["tags.mlflow.runName"])
few = mlflow.search_runs(
    [experiment.experiment_id], filter_string="metrics.loss < 0.5 and params.kind = 'gbt' and tags.team LIKE 'gr%'"
)
found["filtered"] = list(few["run_id"]) == [run_id]
client.delete_run(run_id)
found["after delete"] = len(mlflow.search_runs([experiment.experiment_id]))
client.restore_run(run_id)
client.delete_experiment(experiment.experiment_id)
found["deleted"] = client.get_experiment(experiment.experiment_id).lifecycle_stage
client.restore_experiment(experiment.experiment_id)
found["after restore"] = len(mlflow.search_runs([experiment.experiment_id]))
try:
    client.log_param(run_id, "depth", 4)
except mlflow.MlflowException as error:
    found["changed param"] = [error.error_code, str(error).splitlines()[0]]
print(json.dumps(found))
