"""Names that hold the stack's name fit AWS's limits, and a wrong stack name is reported before a build."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.domain.compiler.compile import compile_graph
from bookflow.domain.compiler.contract import machine_name
from scripts.check_stack_name import LONGEST_NAME, problem, settings_of
from tests.unit.runtime.samples import NOTE, TARGET, graph
from tests.unit.template import checks

LIMITS = {
    ("AWS::Serverless::Function", "FunctionName"): 64,
    ("AWS::Serverless::LayerVersion", "LayerName"): 140,
    ("AWS::SQS::Queue", "QueueName"): 80,
    ("AWS::SNS::Topic", "TopicName"): 256,
    ("AWS::Events::EventBus", "Name"): 256,
    ("AWS::Events::Rule", "Name"): 64,
    ("AWS::Scheduler::Schedule", "Name"): 64,
    ("AWS::Scheduler::ScheduleGroup", "Name"): 64,
    ("AWS::SES::ConfigurationSet", "Name"): 64,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::CloudWatch::Alarm", "AlarmName"): 255,
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    ("AWS::ApiGatewayV2::Api", "Name"): 128,
    ("AWS::ApiGatewayV2::Authorizer", "Name"): 128,
    ("AWS::Cognito::UserPool", "UserPoolName"): 128,
    ("AWS::Cognito::UserPoolDomain", "Domain"): 63,
}
"""The longest name that AWS takes, from each type's reference in the CloudFormation guide."""

MACHINE_NAME_LIMIT = 80
"""Step Functions, "CreateStateMachine"."""


def derived() -> dict[tuple[str, str, str], int]:
    """Return each name that holds the stack's, with the characters that it adds."""
    found = {}
    for logical, resource in checks.load()["Resources"].items():
        for key, value in resource.get("Properties", {}).items():
            text = _text(value)
            is_name = key.endswith("Name") or key == "Domain"
            if is_name and "${AWS::StackName}" in text:
                account = text.replace("${AWS::AccountId}", "1" * 12)
                added = account.replace("${AWS::StackName}", "")
                found[resource["Type"], key, logical] = len(added)
    return found


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "${AWS::StackName}"
            if value == {"Ref": "AWS::StackName"}
            else str(value.get("Fn::Sub", ""))
        )
    return str(value)


def test_each_type_of_name_has_a_known_limit() -> None:
    assert {(kind, key) for kind, key, _ in derived()} == LIMITS.keys()


def test_the_longest_stack_name_is_what_the_tightest_name_leaves() -> None:
    room = {LIMITS[kind, key] - added: logical for (kind, key, logical), added in derived().items()}
    prefix = checks.load()["Outputs"]["MachineNamePrefix"]["Value"]["Fn::Sub"]
    compiled = compile_graph(graph(NOTE), function_arn_prefix=TARGET.function_arn_prefix)
    name = machine_name(prefix.replace("${AWS::StackName}", ""), compiled, "role", "log group")
    room[MACHINE_NAME_LIMIT - len(name)] = "a workflow's state machine"
    assert min(room) == LONGEST_NAME, room[min(room)]


@pytest.mark.parametrize(
    ("name", "has_user_pool", "reported"),
    [
        ("bookflow-dev", True, ""),
        ("b" * LONGEST_NAME, True, ""),
        ("b" * (LONGEST_NAME + 1), True, "45 characters"),
        ("bookflow_dev", False, "letters, digits and hyphens"),
        ("1bookflow", False, "begins without a letter"),
        ("Bookflow-Dev", True, "small letters"),
        ("Bookflow-Dev", False, ""),
        ("bookflow-", True, "small letters"),
        ("my-aws-bookings", True, "none of"),
        ("my-aws-bookings", False, ""),
    ],
)
def test_a_name_that_aws_would_refuse_late_is_reported_at_once(
    name: str, has_user_pool: bool, reported: str
) -> None:
    found = problem(name, has_user_pool=has_user_pool)
    assert reported in found
    assert bool(found) == bool(reported)


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_the_stacks_of_this_repository_have_names_that_will_do(stage: str) -> None:
    settings = settings_of(stage, (checks.ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    assert problem(settings["stack_name"], has_user_pool=True) == ""
