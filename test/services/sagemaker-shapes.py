"""Checks requests against the shapes of AWS' own client: lines of {"service", "action", "input"} on stdin."""

import json
import sys

import botocore.session
import botocore.validate

session = botocore.session.get_session()
for line in sys.stdin:
    call = json.loads(line)
    shape = session.get_service_model(call["service"]).operation_model(call["action"]).input_shape
    report = botocore.validate.ParamValidator().validate(call["input"], shape)
    if report.has_errors():
        print(call["action"], report.generate_report())
        sys.exit(1)
    print(call["action"], "ok")
