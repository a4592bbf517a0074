"""Lambda in this process: clients of the tests run functions as Lambda does, past moto."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.awsrequest import AWSResponse

from tests.aws.referee import PARAMS

Invoke = Callable[[str, Any], Any]
"""Runs a function by its ARN with a payload; returns its answer or raises its error."""


def run_functions(client: Any, invoke: Invoke) -> Any:
    """Let a client of Lambda run functions here; the referee has judged the call by then."""

    def answer(model: Any, context: Mapping[str, Any], **_: Any) -> Any:
        if model.name != "Invoke":
            return None
        params = context[PARAMS]
        parsed: dict[str, Any] = {"StatusCode": 200, "ResponseMetadata": {"HTTPStatusCode": 200}}
        try:
            result = invoke(params["FunctionName"], json.loads(params["Payload"]))
        except Exception as error:
            parsed["FunctionError"] = "Unhandled"
            result = {"errorMessage": str(error), "errorType": type(error).__name__}
        parsed["Payload"] = io.BytesIO(json.dumps(result).encode())
        return AWSResponse("https://aws.test/", 200, {}, None), parsed

    client.meta.events.register_last("before-call", answer)
    return client
