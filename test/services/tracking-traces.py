"""Traces with an unmodified client: made, read, searched, tagged, deleted. Prints what came of it as JSON.

MLFLOW_TRACKING_URI says where the server is.
"""

import json

import mlflow

experiment = mlflow.set_experiment("traces")
client = mlflow.MlflowClient()


@mlflow.trace
def inner(x):
    return x + 1


@mlflow.trace(name="outer")
def outer(x):
    mlflow.update_current_trace(tags={"k": "v"})
    return inner(x) * 2


with mlflow.start_run() as run:
    answer = outer(3)
trace_id = mlflow.get_last_active_trace_id()
mlflow.flush_trace_async_logging()
trace = mlflow.get_trace(trace_id)


def count(**more):
    return len(mlflow.search_traces(locations=[experiment.experiment_id], return_type="list", **more))


found = [
    count(),
    count(filter_string="tags.k = 'v' AND name = 'outer' AND status = 'OK' AND timestamp_ms > 1"),
    count(run_id=run.info.run_id),
    count(filter_string="tags.k = 'w'"),
]
client.set_trace_tag(trace_id, "a", "b")
tags = [client.get_trace(trace_id).info.tags.get("a")]
client.delete_trace_tag(trace_id, "a")
tags.append(client.get_trace(trace_id).info.tags.get("a"))
result = {
    "answer": answer,
    "state": str(trace.info.state.value),
    "spans": [[span.name, span.parent_id is None, span.inputs, span.outputs] for span in trace.data.spans],
    "found": found,
    "tags": tags,
    "deleted": client.delete_traces(experiment.experiment_id, trace_ids=[trace_id]),
    "left": count(),
}
print(json.dumps(result))
