"""The SAM template keeps its promises, and each check notices when one is broken."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.template import checks
from tests.unit.template.checks import Template

Check = Callable[[Template], list[str]]
Break = Callable[[dict[str, dict[str, Any]]], object]


def _prod() -> dict[str, Any]:
    return tomllib.loads((checks.ROOT / "samconfig.toml").read_text())["prod"]


def loopback_faults(template: Template) -> list[str]:
    return checks.loopback_faults(template, _prod())


@pytest.mark.parametrize(
    "check",
    [
        checks.dead_letter_faults,
        checks.batch_faults,
        checks.alarm_faults,
        checks.log_faults,
        checks.policy_faults,
        checks.function_faults,
        loopback_faults,
    ],
)
def test_the_template_has_no_fault(check: Check) -> None:
    assert check(checks.load()) == []


def _properties(template: Template) -> dict[str, dict[str, Any]]:
    return {name: entry.get("Properties", {}) for name, entry in template["Resources"].items()}


def _statements(properties: dict[str, Any]) -> list[dict[str, Any]]:
    inline = next(policy for policy in properties["Policies"] if "Statement" in policy)
    statements: list[dict[str, Any]] = inline["Statement"]
    return statements


BREAKS: list[tuple[Check, Break, str]] = [
    (
        checks.dead_letter_faults,
        lambda found: found["EventQueue"].pop("RedrivePolicy"),
        "EventQueue feeds a function and has no RedrivePolicy",
    ),
    (
        checks.dead_letter_faults,
        lambda found: found["ExecutionStatusRule"]["Targets"][0].pop("DeadLetterConfig"),
        "ExecutionStatusRule has a target without DeadLetterConfig",
    ),
    (
        checks.dead_letter_faults,
        lambda found: found["SweeperSchedule"]["Target"].pop("DeadLetterConfig"),
        "SweeperSchedule has no DeadLetterConfig",
    ),
    (
        checks.dead_letter_faults,
        lambda found: found["SweeperFunction"].pop("EventInvokeConfig"),
        "SweeperFunction is called asynchronously and has no OnFailure destination",
    ),
    (
        checks.batch_faults,
        lambda found: found["DispatcherFunction"].update(Timeout=61),
        "DispatcherFunction: its queue's VisibilityTimeout is below 6 x Timeout",
    ),
    (
        checks.batch_faults,
        lambda found: found["TrackExecutionFunction"]["Events"]["Queue"]["Properties"].pop(
            "FunctionResponseTypes"
        ),
        "TrackExecutionFunction does not report partial batch failures",
    ),
    (
        checks.batch_faults,
        lambda found: found["DispatcherFunction"]["Events"]["Queue"]["Properties"].pop(
            "ScalingConfig"
        ),
        "DispatcherFunction has no bound on concurrency",
    ),
    (
        checks.alarm_faults,
        lambda found: found["SchedulerDeadLetterAlarm"].update(MetricName="NumberOfMessagesSent"),
        "SchedulerDeadLetterQueue has no alarm on its messages",
    ),
    (
        checks.alarm_faults,
        lambda found: found["WebhookErrorsAlarm"].update(MetricName="Throttles"),
        "WebhookFunction has no alarm on its errors",
    ),
    (
        checks.alarm_faults,
        lambda found: found["ExecutionsFailedAlarm"].update(MetricName="ExecutionsStarted"),
        "no alarm on ExecutionsFailed",
    ),
    (
        checks.alarm_faults,
        lambda found: found["ApiErrorsAlarm"].pop("AlarmActions"),
        "ApiErrorsAlarm tells nobody",
    ),
    (
        checks.log_faults,
        lambda found: found["FlowLogGroup"].pop("RetentionInDays"),
        "FlowLogGroup has no RetentionInDays",
    ),
    (
        checks.log_faults,
        lambda found: found["FlowFunction"].pop("LoggingConfig"),
        "FlowFunction has no log group",
    ),
    (
        checks.log_faults,
        lambda found: found["FlowFunction"].update(
            LoggingConfig={"LogGroup": {"Ref": "ApiLogGroup"}}
        ),
        "FlowFunction logs to ApiLogGroup, which is named after something else",
    ),
    (
        checks.policy_faults,
        lambda found: _statements(found["FlowFunction"])[0].update(Action="states:*"),
        "FlowFunction allows states:*",
    ),
    (
        checks.policy_faults,
        lambda found: _statements(found["FlowFunction"])[0].update(Resource="*"),
        "FlowFunction allows states:SendTaskSuccess on every resource",
    ),
    (
        checks.policy_faults,
        lambda found: found["PutEventsPolicy"]["PolicyDocument"]["Statement"][0].update(
            Resource=["*"]
        ),
        "PutEventsPolicy allows events:PutEvents on every resource",
    ),
    (
        checks.policy_faults,
        lambda found: _statements(found["SendTemplateFunction"]).pop(),
        "SendTemplateFunction may publish to topics",
    ),
    (
        checks.function_faults,
        lambda found: found["WebhookFunction"].update(Architectures=["x86_64"]),
        "WebhookFunction has another runtime or architecture",
    ),
    (
        checks.function_faults,
        lambda found: found["WebhookFunction"].update(FunctionName="webhook"),
        "WebhookFunction is not named after its folder",
    ),
    (
        checks.function_faults,
        lambda found: found["WebhookFunction"]["Environment"]["Variables"].update(TABLE="t"),
        "WebhookFunction: TABLE is no name of ours",
    ),
]


@pytest.mark.parametrize(("check", "break_it", "fault"), BREAKS, ids=[row[2] for row in BREAKS])
def test_a_broken_promise_is_noticed(check: Check, break_it: Break, fault: str) -> None:
    template = checks.load()
    break_it(_properties(template))
    assert fault in check(template)


def test_opening_loopback_in_production_is_noticed() -> None:
    template = checks.load()
    template["Rules"].clear()
    assert loopback_faults(template) == ["no rule refuses WebhookAllowedLoopback in prod"]
    configured = {"parameter_overrides": ["Stage=prod", "WebhookAllowedLoopback=127.0.0.1:80"]}
    assert checks.loopback_faults(checks.load(), configured) == [
        "samconfig.toml sets WebhookAllowedLoopback for prod"
    ]


def test_every_resource_type_under_check_is_there() -> None:
    """A check over nothing would always pass."""
    template = checks.load()
    assert checks.source_queues(template) == {"EventQueue", "ReminderJobsQueue", "TrackingQueue"}
    assert checks.asynchronous_functions(template) == {"ReconcilerFunction", "SweeperFunction"}
    assert len(checks.functions(template)) >= 11
    assert len(checks.dead_letter_queues(template)) >= 4
    assert len(list(checks.statements(template))) >= 15
    assert len(checks.resources(template, "AWS::Events::Rule")) >= 2


def test_no_identity_may_scan_a_table() -> None:
    granted = {
        action
        for _, statement in checks.statements(checks.load())
        for action in checks.as_list(statement["Action"])
    }
    assert "dynamodb:Query" in granted
    assert "dynamodb:Scan" not in granted


def test_the_dispatcher_knows_which_try_is_the_last() -> None:
    template = checks.load()
    redrive = checks.resources(template, "AWS::SQS::Queue")["EventQueue"]["RedrivePolicy"]
    variables = checks.functions(template)["DispatcherFunction"]["Environment"]["Variables"]
    assert variables["BOOKFLOW_MAX_RECEIVE_COUNT"] == str(redrive["maxReceiveCount"])


def test_each_queue_function_knows_its_own_dead_letters() -> None:
    """A refused message must not end among those of another queue."""
    template = checks.load()
    found = template["Resources"]
    for name, function in found.items():
        for event in function.get("Properties", {}).get("Events", {}).values():
            queue = event["Properties"]["Queue"]["Fn::GetAtt"][0]
            redrive = found[queue]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]
            variables = function["Properties"]["Environment"]["Variables"]
            assert variables["BOOKFLOW_DEAD_LETTER_QUEUE_URL"] == {
                "Ref": redrive["Fn::GetAtt"][0]
            }, name
