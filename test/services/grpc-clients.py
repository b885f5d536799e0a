"""Asks a server with the clients that people have. Prints one JSON document."""
import json, sys
import grpc
import numpy as np
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException

address, rows_file = sys.argv[1:3]
rows = json.load(open(rows_file))
found = {}
client = triton.InferenceServerClient(address)
found["live"] = client.is_server_live()
found["ready"] = client.is_server_ready()
found["model_ready"] = client.is_model_ready("churn")
found["server"] = client.get_server_metadata(as_json=True)["name"]
metadata = client.get_model_metadata("churn", as_json=True)
found["inputs"] = {one["name"]: one["datatype"] for one in metadata["inputs"]}
found["index"] = client.get_model_repository_index(as_json=True)

def tensor_inputs():
    inputs = []
    for name, datatype in found["inputs"].items():
        values = [row[name] for row in rows]
        if datatype == "BYTES":
            array = np.array([[str(v)] for v in values], dtype=object)
        elif datatype == "BOOL":
            array = np.array([[v] for v in values], dtype=bool)
        elif datatype == "INT64":
            array = np.array([[v] for v in values], dtype=np.int64)
        else:
            array = np.array([[float("nan") if v is None else v] for v in values], dtype=np.float64)
        one = triton.InferInput(name, list(array.shape), datatype)
        one.set_data_from_numpy(array)
        inputs.append(one)
    return inputs

result = client.infer("churn", tensor_inputs(), request_id="r-1")
found["id"] = result.get_response().id
found["outputs"] = {one.name: result.as_numpy(one.name).tolist() for one in result.get_response().outputs}
for name, values in found["outputs"].items():
    found["outputs"][name] = [[v.decode() if isinstance(v, bytes) else v for v in row] for row in values]
only = client.infer("churn", tensor_inputs(), outputs=[triton.InferRequestedOutput("predict_proba")])
classes = client.infer("churn", tensor_inputs(), outputs=[triton.InferRequestedOutput("predict_proba", class_count=1)])
found["classes"] = [[v.decode() for v in row] for row in classes.as_numpy("predict_proba").tolist()]
found["only"] = [one.name for one in only.get_response().outputs]
statistics = client.get_inference_statistics("churn", as_json=True)["model_stats"][0]
found["statistics"] = {name: statistics[name] for name in ("name", "inference_count", "execution_count")}

answers = []
client.start_stream(lambda result, error: answers.append(str(error) if error else result.get_response().id))
for i in range(5):
    client.async_stream_infer("churn", tensor_inputs(), request_id=f"s-{i}")
client.async_stream_infer("churn", tensor_inputs()[:1], request_id="broken")
client.stop_stream()
found["stream"] = answers

def code(run):
    try:
        run()
    except InferenceServerException as error:
        return [str(error.status()), error.message()]
found["unknown"] = code(lambda: client.infer("nothing", tensor_inputs()))
found["missing"] = code(lambda: client.infer("churn", tensor_inputs()[:-1]))
wrong = triton.InferInput("age", [len(rows), 1], "BYTES")
wrong.set_data_from_numpy(np.array([["old"]] * len(rows), dtype=object))
found["wrong"] = code(lambda: client.infer("churn", [wrong] + tensor_inputs()[1:]))

from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from google.protobuf.descriptor_pool import DescriptorPool
channel = grpc.insecure_channel(address)
health = health_pb2_grpc.HealthStub(channel)
found["health"] = [health.Check(health_pb2.HealthCheckRequest(service=name)).status for name in ("", "churn", "inference.GRPCInferenceService")]
found["watched"] = next(iter(health.Watch(health_pb2.HealthCheckRequest(service="nothing")))).status
database = ProtoReflectionDescriptorDatabase(channel)
found["services"] = sorted(database.get_services())
pool = DescriptorPool(database)
found["method"] = pool.FindServiceByName("tensorflow.serving.PredictionService").FindMethodByName("Predict").input_type.full_name

# TensorFlow Serving, with messages from what the server says of itself.
from google.protobuf import message_factory
def message(name):
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
Request, Response, Tensor = (message("tensorflow.serving.PredictRequest"), message("tensorflow.serving.PredictResponse"), message("tensorflow.TensorProto"))
predict = channel.unary_unary("/tensorflow.serving.PredictionService/Predict", request_serializer=Request.SerializeToString, response_deserializer=Response.FromString)
request = Request()
request.model_spec.name = "churn"
for name, datatype in found["inputs"].items():
    values = [row[name] for row in rows]
    one = request.inputs[name]
    one.tensor_shape.dim.add().size = len(rows)
    if datatype == "BYTES":
        one.dtype = 7
        one.string_val.extend(str(v).encode() for v in values)
    elif datatype == "BOOL":
        one.dtype = 10
        one.bool_val.extend(values)
    else:
        one.dtype = 2
        one.tensor_content = np.array([float("nan") if v is None else v for v in values], dtype="<f8").tobytes()
response = predict(request)
found["tf"] = {"version": response.model_spec.version.value, "outputs": {name: [v.decode() for v in one.string_val] or list(one.double_val) or list(one.int64_val) for name, one in response.outputs.items()}}
json.dump(found, sys.stdout)
