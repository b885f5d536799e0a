"""Calls a server with KServe's client, both protocols. Arguments: URL, rows as JSON."""

import asyncio
import json
import sys

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

url, sent = sys.argv[1], json.load(open(sys.argv[2]))


async def main():
    answer = {}
    v1 = InferenceRESTClient(RESTConfig(protocol="v1"))
    answer["v1 ready"] = await v1.is_model_ready(url, "iris")
    answer["v1"] = await v1.infer(url, {"instances": sent["iris"]}, model_name="iris")
    answer["v1 table"] = await v1.infer(url, {"instances": sent["churn"]}, model_name="churn")
    try:
        await v1.infer(url, {"instances": [[1]]}, model_name="iris")
    except httpx.HTTPStatusError as error:
        answer["v1 refused"] = [error.response.status_code, error.response.json()]

    v2 = InferenceRESTClient(RESTConfig(protocol="v2"))
    answer["v2 live"] = await v2.is_server_live(url)
    answer["v2 ready"] = await v2.is_server_ready(url)
    answer["v2 model ready"] = await v2.is_model_ready(url, "iris")
    answer["v2 other ready"] = await v2.is_model_ready(url, "other")
    rows = np.array(sent["iris"])
    for binary in (False, True):
        one = InferInput("input-0", list(rows.shape), "FP64")
        one.set_data_from_numpy(rows, binary_data=binary)
        request = InferRequest("iris", [one], request_id="q")
        result = await v2.infer(url, request, model_name="iris")
        answer[f"v2 {'binary' if binary else 'JSON'}"] = {
            "id": result.id,
            "model": result.model_name,
            **{output.name: np.asarray(output.as_numpy()).tolist() for output in result.outputs},
        }
    print(json.dumps(answer, default=lambda value: value.decode()))


asyncio.run(main())
