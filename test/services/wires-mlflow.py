"""Calls a server with MLflow's own scoring client. Arguments: URLs of the servers of iris and churn, rows as JSON."""

import json
import os
import sys
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

iris_url, churn_url, sent = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3]))


def client_of(url):
    parts = urlsplit(url)
    return ScoringServerClient(parts.hostname, parts.port)


iris, churn = client_of(iris_url), client_of(churn_url)
iris.wait_server_ready(timeout=10)
rows = np.array(sent["iris"])
frame = pd.DataFrame(sent["churn"])
answer = {
    "version": iris.get_version() if hasattr(iris, "get_version") else None,
    "ndarray": iris.invoke(rows).get_predictions(predictions_format="ndarray").tolist(),
    "frame without names": iris.invoke(pd.DataFrame(rows)).get_predictions(predictions_format="ndarray").tolist(),
    "probabilities": iris.invoke(rows, params={"pyfunc_predict_fn": "predict_proba"})
    .get_predictions(predictions_format="ndarray")
    .tolist(),
    "frame": churn.invoke(frame).get_predictions(predictions_format="ndarray").tolist(),
    "as frame": churn.invoke(frame).get_predictions().to_dict("list"),
    "more columns": churn.invoke(frame.assign(note="x")).get_predictions(predictions_format="ndarray").tolist(),
}

deployments = get_deploy_client(churn_url)
split = {"dataframe_split": json.loads(frame.to_json(orient="split"))}
answer["deployments"] = deployments.predict(endpoint="churn", inputs=split)["predictions"]
try:
    deployments.predict(endpoint="nothing", inputs=split)
except Exception as error:
    answer["no endpoint"] = f"{type(error).__name__}: {error}"
os.environ.update(DATABRICKS_HOST=churn_url, DATABRICKS_TOKEN="none")
databricks = get_deploy_client("databricks")
answer["databricks"] = databricks.predict(endpoint="churn", inputs=split)["predictions"]
try:
    iris.invoke(rows[:, :3])
except Exception as error:
    answer["refused"] = str(error)
print(json.dumps(answer, default=str))
