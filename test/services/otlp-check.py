"""Reads OTLP/HTTP JSON from standard input with the messages of OpenTelemetry itself, and prints the spans.

In OTLP's JSON ids are hexadecimal where protobuf's JSON has base64; everything else is protobuf's JSON, read strictly here.
"""
import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def with_base64(value):
    if isinstance(value, dict):
        return {
            key: base64.b64encode(bytes.fromhex(one)).decode() if key in ("traceId", "spanId", "parentSpanId") else with_base64(one)
            for key, one in value.items()
        }
    return [with_base64(one) for one in value] if isinstance(value, list) else value


message = json_format.ParseDict(with_base64(json.load(sys.stdin)), ExportTraceServiceRequest(), ignore_unknown_fields=False)
(resource_spans,) = message.resource_spans
attributes = {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in resource_spans.resource.attributes}
spans = [
    {
        "name": span.name,
        "kind": span.kind,
        "trace": span.trace_id.hex(),
        "span": span.span_id.hex(),
        "parent": span.parent_span_id.hex(),
        "ns": span.end_time_unix_nano - span.start_time_unix_nano,
        "rows": next((one.value.int_value for one in span.attributes if one.key == "slipway.rows"), None),
    }
    for span in resource_spans.scope_spans[0].spans
]
print(json.dumps({"resource": attributes, "spans": spans}))
