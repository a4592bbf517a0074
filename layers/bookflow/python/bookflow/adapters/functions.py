"""Other functions of the stack on Lambda: the port `Functions`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bookflow.adapters.aws_errors import aws_errors, require_send_once
from bookflow.domain.shared.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaFunctions:
    """Runs functions and waits for their answers.

    Args:
        client: A Lambda client that tries once: a second try could send a request twice.
        arn_prefix: Start of the functions' ARNs, up to their names.
    """

    def __init__(self, client: LambdaClient, arn_prefix: str) -> None:
        require_send_once(client)
        self._client = client
        self._arn_prefix = arn_prefix

    def invoke(self, name: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a function and return its answer.

        Raises:
            TransientError: It is busy, or ended without an answer.
        """
        with aws_errors(f"Running the function {name}"):
            answer = self._client.invoke(
                FunctionName=f"{self._arn_prefix}{name}",
                InvocationType="RequestResponse",
                Payload=json.dumps(payload).encode(),
            )
            result: Any = json.loads(answer["Payload"].read())
        if answer.get("FunctionError") or not isinstance(result, dict):
            raise TransientError(
                f"The function {name} ended without an answer.",
                remedy="Try again. If it continues, look for the reason in the function's log.",
            )
        return result
