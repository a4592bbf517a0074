"""The policy engine's rules, and the rights of the real template: each refuses and lets pass."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aws.policies import Request, allows
from tests.aws.requests import requests_of
from tests.aws.rights import RECORD_VARIABLE, AnswerTooLargeError, Rights
from tests.aws.rights_page import PAGE, page
from tests.aws.stack import ACCOUNT, REGION, Deployed, Right, translate
from tests.unit.template import checks

SEND: dict[str, Any] = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:q-*"}
DENY: dict[str, Any] = {"Effect": "Deny", "Action": ["sqs:*"], "Resource": "arn:q-2"}
ASKED = Request("sqs:SendMessage", "arn:q-1")
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:"
TABLE = {"TableName": "Table", "Key": {"PK": {"S": "a"}, "SK": {"S": "b"}}}


@pytest.mark.parametrize(
    ("statements", "request_", "allowed"),
    [
        ([], ASKED, False),
        ([SEND], ASKED, True),
        ([SEND], Request("SQS:sendmessage", "arn:q-1"), True),
        ([SEND], Request("sqs:ReceiveMessage", "arn:q-1"), False),
        ([SEND], Request("sqs:SendMessage", "arn:p-1"), False),
        ([SEND, DENY], ASKED, True),
        ([SEND, DENY], Request("sqs:SendMessage", "arn:q-2"), False),
    ],
)
def test_an_allow_is_needed_and_a_deny_wins(
    statements: list[Any], request_: Request, allowed: bool
) -> None:
    assert allows(statements, request_) is allowed


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "holds"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", ["b", "a"], "a", True),
        ("StringEquals", "a*", "ab", False),
        ("StringLike", "a*", "ab", True),
        ("ArnEquals", "arn:*:r", "arn:x:r", True),
        ("ArnLike", "arn:x:r", "arn:y:r", False),
        ("StringEquals", "a", None, False),
    ],
)
def test_a_condition_that_does_not_hold_leaves_the_statement_out(
    operator: str, wanted: Any, value: str | None, holds: bool
) -> None:
    conditioned = {**SEND, "Condition": {operator: {"aws:Key": wanted}}}
    context = {} if value is None else {"aws:key": value}
    asked = Request("sqs:SendMessage", "arn:q-1", context)
    assert allows([conditioned], asked) is holds
    assert allows([conditioned, SEND], asked)  # moto's engine takes it for a denial


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "NotAction": "a:b", "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "NotResource": "*"},
        {**SEND, "Condition": {"IpAddress": {"aws:SourceIp": "::1"}}},
    ],
)
def test_what_the_engine_does_not_know_is_not_guessed(statement: Any) -> None:
    with pytest.raises(NotImplementedError):
        allows([statement], ASKED)


@pytest.fixture(autouse=True)
def unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RECORD_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return Deployed(parameters={"SenderEmail": "desk@kayaks.example"})


EMAIL = {
    "Destination": {"ToAddresses": ["ada@example.com"]},
    "ConfigurationSetName": "bookflow-test-mail",
}
SCHEDULE = {"Name": "n", "GroupName": "bookflow-test-reminders"}


def target(role: str) -> dict[str, Any]:
    return {**SCHEDULE, "Target": {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}}


def machine(prefix: str, role: str) -> dict[str, Any]:
    return {"name": f"{prefix}1", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "tags": [1]}


@pytest.mark.parametrize(
    ("function", "service", "operation", "right", "wrong"),
    [
        ("flow", "dynamodb", "GetItem", TABLE, {**TABLE, "TableName": "IdempotencyTable"}),
        (
            "api",
            "dynamodb",
            "Query",
            {"TableName": "Table", "IndexName": "GSI1"},
            {"TableName": "Other"},
        ),
        (
            "api",
            "stepfunctions",
            "CreateStateMachine",
            machine("bookflow-test-wf-", "MachineRole"),
            machine("bookflow-test-wf-", "SchedulerRole"),
        ),
        (
            "api",
            "stepfunctions",
            "CreateStateMachine",
            machine("bookflow-test-wf-", "MachineRole"),
            machine("other-wf-", "MachineRole"),
        ),
        (
            "dispatcher",
            "stepfunctions",
            "StartExecution",
            {"stateMachineArn": f"{MACHINE}bookflow-test-wf-1"},
            {"stateMachineArn": f"{MACHINE}other-wf-1"},
        ),
        ("dispatcher", "scheduler", "CreateSchedule", target("SchedulerRole"), target("Other")),
        ("reminders", "scheduler", "GetSchedule", SCHEDULE, {**SCHEDULE, "GroupName": "default"}),
        (
            "send_template",
            "sesv2",
            "SendEmail",
            {**EMAIL, "FromEmailAddress": "Kayaks <desk@kayaks.example>"},
            {**EMAIL, "FromEmailAddress": "boss@kayaks.example"},
        ),
        (
            "send_template",
            "sns",
            "Publish",
            {"PhoneNumber": "+493012345"},
            {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"},
        ),
        (
            "webhook",
            "ssm",
            "GetParametersByPath",
            {"Path": "/bookflow/bookflow-test/loc-1"},
            {"Path": "/bookflow/other/loc-1"},
        ),
        (
            "pages",
            "events",
            "PutEvents",
            {"Entries": [{"EventBusName": "bookflow-test-events"}]},
            {"Entries": [{"EventBusName": "default"}]},
        ),
        (
            "reconciler",
            "sqs",
            "SendMessage",
            {"QueueUrl": "https://sqs/1/bookflow-test-reminder-jobs"},
            {"QueueUrl": "https://sqs/1/bookflow-test-events"},
        ),
    ],
)
def test_a_call_within_the_role_passes_and_another_is_denied(
    deployed: Deployed, function: str, service: str, operation: str, right: Any, wrong: Any
) -> None:
    rights = Rights(deployed)
    with rights.acting(function):
        assert rights.judge(service, operation, right) is None
        refused = rights.judge(service, operation, wrong)
    assert refused is not None
    assert refused.code == "AccessDeniedException"
    with pytest.raises(AssertionError, match=f"{function} is not authorized"):
        rights.close("none")


def test_each_write_of_a_transaction_asks_for_its_own_right() -> None:
    writes = [{"Put": {"TableName": "t"}}, {"Delete": {"TableName": "t"}}]
    asked = requests_of("dynamodb", "TransactWriteItems", {"TransactItems": writes})
    assert [request.action for request in asked] == ["dynamodb:DeleteItem", "dynamodb:PutItem"]


def test_nobody_acts_outside_of_a_handler(deployed: Deployed) -> None:
    rights = Rights(deployed)
    assert rights.judge("dynamodb", "Scan", {"TableName": "Table"}) is None
    with rights.acting("api"):
        assert rights.judge("dynamodb", "Scan", {"TableName": "Table"}) is not None
    assert rights.judge("dynamodb", "Scan", {"TableName": "Table"}) is None


def test_an_answer_that_lambda_does_not_hand_over_is_an_error(deployed: Deployed) -> None:
    rights = Rights(deployed)
    assert rights.acted("api", lambda event, context: "x" * event)(10, None) == "x" * 10
    with pytest.raises(AnswerTooLargeError):
        rights.acted("api", lambda event, context: "x" * event)(6_291_556, None)


def test_the_machines_may_call_functions_that_run_steps_and_no_other(deployed: Deployed) -> None:
    statements = deployed.statements("MachineRole")
    runs_steps = {
        function
        for function in deployed.roles()
        if (checks.ROOT / "functions" / function).is_dir()
        and allows(statements, deployed.invocation(function))
    }
    actions = set(action_names())
    assert runs_steps == actions | {"flow"}


def action_names() -> list[str]:
    """Return the functions of the template that run steps, by their tag, without `flow`."""
    functions = checks.resources(checks.load(), "AWS::Serverless::Function").values()
    names = [
        str(each["FunctionName"]["Fn::Sub"]).removeprefix("${AWS::StackName}-")
        for each in functions
        if each.get("Tags", {}).get("bookflow:runs") == "steps"
    ]
    return [name for name in names if name != "flow"]


def test_a_right_that_nobody_needs_is_found() -> None:
    with pytest.raises(ValueError, match="flow: dynamodb:Scan on Table"):
        page([Right("flow", "dynamodb:Scan", "Table")], {})


def test_the_page_of_rights_lists_those_of_the_template(deployed: Deployed) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for right in deployed.rights():
        assert f"| `{right.action}` | `{right.resource}` |" in _section(text, right.owner)
    assert text.count("\n| `") == len(deployed.rights())


def test_a_right_that_is_added_is_missed_on_the_page() -> None:
    template = checks.load()
    template["Resources"]["FlowFunction"]["Properties"]["Policies"].append(
        {"Ref": "IdempotencyPolicy"}
    )
    broken = Deployed(template=translate(template))
    added = Right("flow", "dynamodb:DeleteItem", "IdempotencyTable")
    assert added in broken.rights()
    row = f"| `{added.action}` | `{added.resource}` |"
    assert row not in _section(PAGE.read_text(encoding="utf-8"), "flow")


def _section(text: str, owner: str) -> str:
    assert f"## {owner}\n" in text, f"docs/rights.md has no section on {owner}: run make rights"
    return text.split(f"## {owner}\n", 1)[1].split("\n## ", 1)[0]
