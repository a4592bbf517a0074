"""Gap: calls that AWS refuses for what is in them pass, such as ListExecutions of PENDING_REDRIVE.

The tests' referee (`tests/aws/refusals.py`) knows the constraints of each operation that the product
calls; here it is asked about the calls of the services whose requests are JSON.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json

from ministack.core.responses import error_response_json
from ministack.services import dynamodb, eventbridge, sqs, ssm, stepfunctions

from tests.aws.refusals import checked_operations, refusal

_SERVICES = {
    "dynamodb": dynamodb,
    "events": eventbridge,
    "sqs": sqs,
    "ssm": ssm,
    "stepfunctions": stepfunctions,
}


def apply() -> None:
    """Answers in the place of the service where AWS would refuse."""
    for name, module in _SERVICES.items():
        module.handle_request = _refereed(name, module.handle_request)


def _refereed(service, handle):
    checked = {operation for each, operation in checked_operations() if each == service}

    async def handle_request(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation in checked and body:
            found = refusal(service, operation, json.loads(body))
            if found:
                return error_response_json(found.code, found.message, 400)
        return await handle(method, path, headers, body, query_params)

    return handle_request
