"""What IAM is asked for a call of the API: actions, resources and condition keys.

The source is the Service Authorization Reference: "Actions, resources, and condition keys" of each
service. A call that it does not know raises an error, so that none goes by unjudged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from typing import Any

from tests.aws.policies import Request
from tests.aws.stack import ACCOUNT, REGION

Params = Mapping[str, Any]


def requests_of(service: str, operation: str, params: Params) -> list[Request]:
    """Return all that must be allowed for the call to pass."""
    return list(_SERVICES[service](operation, params))


def _dynamodb(operation: str, params: Params) -> Iterator[Request]:
    if operation == "BatchGetItem":
        for table in params["RequestItems"]:
            yield Request("dynamodb:BatchGetItem", _table(table))
    elif operation == "TransactWriteItems":
        kinds = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
        asked = {
            (kinds.get(kind, "ConditionCheckItem"), request["TableName"])
            for action in params["TransactItems"]
            for kind, request in action.items()
        }
        for action, table in sorted(asked):
            yield Request(f"dynamodb:{action}", _table(table))
    else:
        index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
        yield Request(f"dynamodb:{operation}", _table(params["TableName"]) + index)


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _states(operation: str, params: Params) -> Iterator[Request]:
    action = f"states:{operation}"
    if operation == "CreateStateMachine":
        machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{params['name']}"
        yield Request(action, machine)
        if params.get("tags"):
            yield Request("states:TagResource", machine)
        yield _pass_role(params["roleArn"], "states.amazonaws.com")
    elif operation in ("ListStateMachines", "SendTaskSuccess"):
        yield Request(action, "*")
    else:
        names = ("stateMachineArn", "executionArn", "resourceArn")
        yield Request(action, next(params[name] for name in names if name in params))


def _scheduler(operation: str, params: Params) -> Iterator[Request]:
    if operation == "ListSchedules":
        yield Request("scheduler:ListSchedules", "*")
        return
    group = params.get("GroupName", "default")
    schedule = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/{params['Name']}"
    yield Request(f"scheduler:{operation}", schedule)
    if "Target" in params:
        yield _pass_role(params["Target"]["RoleArn"], "scheduler.amazonaws.com")


def _pass_role(role_arn: str, service: str) -> Request:
    return Request("iam:PassRole", role_arn, {"iam:passedtoservice": service})


def _lambda(operation: str, params: Params) -> Iterator[Request]:
    assert operation == "Invoke", operation
    yield Request("lambda:InvokeFunction", params["FunctionName"])


def _events(operation: str, params: Params) -> Iterator[Request]:
    for bus in sorted({entry.get("EventBusName", "default") for entry in params["Entries"]}):
        arn = bus if ":" in bus else f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}"
        yield Request(f"events:{operation}", arn)


def _sqs(operation: str, params: Params) -> Iterator[Request]:
    queue = params["QueueUrl"].rstrip("/").rpartition("/")[2]
    yield Request(f"sqs:{operation}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")


def _ses(operation: str, params: Params) -> Iterator[Request]:
    address = parseaddr(params["FromEmailAddress"])[1]
    context = {"ses:fromaddress": address}
    base = f"arn:aws:ses:{REGION}:{ACCOUNT}:"
    # In the sandbox the recipient's identity is asked for as well.
    resources = [
        f"identity/{each}" for each in [address, *params["Destination"].get("ToAddresses", [])]
    ]
    if "ConfigurationSetName" in params:
        resources.append(f"configuration-set/{params['ConfigurationSetName']}")
    # SES names the older API's right when it refuses raw content of this one.
    operations = [operation, "SendRawEmail"] if "Raw" in params.get("Content", {}) else [operation]
    for name in operations:
        for resource in resources:
            yield Request(f"ses:{name}", f"{base}{resource}", context)


def _sns(operation: str, params: Params) -> Iterator[Request]:
    # A phone number is no ARN: only "*" speaks of it.
    yield Request(f"sns:{operation}", params.get("TopicArn") or params.get("PhoneNumber") or "*")


def _ssm(operation: str, params: Params) -> Iterator[Request]:
    name = params.get("Name", params.get("Path", "")).lstrip("/")
    yield Request(f"ssm:{operation}", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name}")


_SERVICES: dict[str, Callable[[str, Params], Iterator[Request]]] = {
    "dynamodb": _dynamodb,
    "events": _events,
    "lambda": _lambda,
    "scheduler": _scheduler,
    "sesv2": _ses,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
    "stepfunctions": _states,
}
