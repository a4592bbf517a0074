"""The SAM template keeps its promises, and each check notices when one is broken."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from bookflow.actions.catalogue import action_types
from bookflow.api.routing import endpoints
from bookflow.domain.compiler import DEFAULT_TIMEOUT_SECONDS, FLOW_FUNCTION
from bookflow.domain.workflows.graph import MAX_TIMEOUT_SECONDS
from tests.api import ORIGIN, Client, TestIssuer, make_api
from tests.aws import stack
from tests.fakes import FakePorts
from tests.unit.template import calls, checks
from tests.unit.template.checks import Template

Check = Callable[[Template], list[str]]
Break = Callable[[dict[str, dict[str, Any]]], object]


def _prod() -> dict[str, Any]:
    return tomllib.loads((checks.ROOT / "samconfig.toml").read_text())["prod"]


def loopback_problems(template: Template) -> list[str]:
    return checks.loopback_problems(template, _prod())


@pytest.mark.parametrize(
    "check",
    [
        checks.dead_letter_problems,
        checks.batch_problems,
        checks.alarm_problems,
        checks.log_problems,
        checks.policy_problems,
        checks.function_problems,
        loopback_problems,
    ],
)
def test_the_template_has_no_problem(check: Check) -> None:
    assert check(checks.load()) == []


def _properties(template: Template) -> dict[str, dict[str, Any]]:
    return {name: entry.get("Properties", {}) for name, entry in template["Resources"].items()}


def _statements(properties: dict[str, Any]) -> list[dict[str, Any]]:
    inline = next(policy for policy in properties["Policies"] if "Statement" in policy)
    statements: list[dict[str, Any]] = inline["Statement"]
    return statements


BREAKS: list[tuple[Check, Break, str]] = [
    (
        checks.dead_letter_problems,
        lambda found: found["EventQueue"].pop("RedrivePolicy"),
        "EventQueue feeds a function and has no RedrivePolicy",
    ),
    (
        checks.dead_letter_problems,
        lambda found: found["ExecutionStatusRule"]["Targets"][0].pop("DeadLetterConfig"),
        "ExecutionStatusRule has a target without DeadLetterConfig",
    ),
    (
        checks.dead_letter_problems,
        lambda found: found["SweeperSchedule"]["Target"].pop("DeadLetterConfig"),
        "SweeperSchedule has no DeadLetterConfig",
    ),
    (
        checks.dead_letter_problems,
        lambda found: found["SweeperFunction"].pop("EventInvokeConfig"),
        "SweeperFunction is called asynchronously and has no OnFailure destination",
    ),
    (
        checks.batch_problems,
        lambda found: found["DispatcherFunction"].update(Timeout=61),
        "DispatcherFunction: its queue's VisibilityTimeout is below 6 x Timeout",
    ),
    (
        checks.batch_problems,
        lambda found: found["TrackExecutionFunction"]["Events"]["Queue"]["Properties"].pop(
            "FunctionResponseTypes"
        ),
        "TrackExecutionFunction does not report partial batch failures",
    ),
    (
        checks.batch_problems,
        lambda found: found["DispatcherFunction"]["Events"]["Queue"]["Properties"].pop(
            "ScalingConfig"
        ),
        "DispatcherFunction has no bound on concurrency",
    ),
    (
        checks.alarm_problems,
        lambda found: found["SchedulerDeadLetterAlarm"].update(MetricName="NumberOfMessagesSent"),
        "SchedulerDeadLetterQueue has no alarm on its messages",
    ),
    (
        checks.alarm_problems,
        lambda found: found["WebhookErrorsAlarm"].update(MetricName="Throttles"),
        "WebhookFunction has no alarm on its errors",
    ),
    (
        checks.alarm_problems,
        lambda found: found["ExecutionsFailedAlarm"].update(MetricName="ExecutionsStarted"),
        "no alarm on ExecutionsFailed",
    ),
    (
        checks.alarm_problems,
        lambda found: found["StepThrottlesAlarm"].update(
            Metrics=[
                each for each in found["StepThrottlesAlarm"]["Metrics"] if "Flow" not in str(each)
            ]
        ),
        "FlowFunction has no alarm on its throttles",
    ),
    (
        checks.alarm_problems,
        lambda found: found["HttpApiFailedAlarm"].update(MetricName="4xx"),
        "HttpApi has no alarm on its answers of 5xx",
    ),
    (
        checks.alarm_problems,
        lambda found: found["ApiErrorsAlarm"].pop("AlarmActions"),
        "ApiErrorsAlarm tells nobody",
    ),
    (
        checks.log_problems,
        lambda found: found["FlowLogGroup"].pop("RetentionInDays"),
        "FlowLogGroup has no RetentionInDays",
    ),
    (
        checks.log_problems,
        lambda found: found["FlowFunction"].pop("LoggingConfig"),
        "FlowFunction has no log group",
    ),
    (
        checks.log_problems,
        lambda found: found["FlowFunction"].update(
            LoggingConfig={"LogGroup": {"Ref": "ApiLogGroup"}}
        ),
        "FlowFunction logs to ApiLogGroup, which is named after something else",
    ),
    (
        checks.policy_problems,
        lambda found: _statements(found["FlowFunction"])[0].update(Action="states:*"),
        "FlowFunction allows states:*",
    ),
    (
        checks.policy_problems,
        lambda found: _statements(found["DispatcherFunction"])[1].update(Resource="*"),
        "DispatcherFunction allows states:StartExecution on every resource",
    ),
    (
        checks.policy_problems,
        lambda found: found["PutEventsPolicy"]["PolicyDocument"]["Statement"][0].update(
            Resource=["*"]
        ),
        "PutEventsPolicy allows events:PutEvents on every resource",
    ),
    (
        checks.policy_problems,
        lambda found: _statements(found["SendTemplateFunction"]).pop(1),
        "SendTemplateFunction may publish to topics",
    ),
    (
        checks.function_problems,
        lambda found: found["WebhookFunction"].update(Architectures=["x86_64"]),
        "WebhookFunction has another runtime or architecture",
    ),
    (
        checks.function_problems,
        lambda found: found["WebhookFunction"].update(FunctionName="webhook"),
        "WebhookFunction is not named after its folder",
    ),
    (
        checks.function_problems,
        lambda found: found["WebhookFunction"]["Environment"]["Variables"].update(TABLE="t"),
        "WebhookFunction: TABLE is no name of ours",
    ),
]


@pytest.mark.parametrize(("check", "break_it", "problem"), BREAKS, ids=[row[2] for row in BREAKS])
def test_a_broken_promise_is_noticed(check: Check, break_it: Break, problem: str) -> None:
    template = checks.load()
    break_it(_properties(template))
    assert problem in check(template)


def test_opening_loopback_in_production_is_noticed() -> None:
    template = checks.load()
    template["Rules"].clear()
    assert loopback_problems(template) == ["no rule refuses WebhookAllowedLoopback in prod"]
    configured = {"parameter_overrides": ["Stage=prod", "WebhookAllowedLoopback=127.0.0.1:80"]}
    assert checks.loopback_problems(checks.load(), configured) == [
        "samconfig.toml sets WebhookAllowedLoopback for prod"
    ]


def test_every_resource_type_under_check_is_there() -> None:
    """A check over nothing would always pass."""
    template = checks.load()
    assert checks.source_queues(template) == {
        "EventQueue",
        "MailFeedbackQueue",
        "ReminderJobsQueue",
        "TrackingQueue",
    }
    assert checks.asynchronous_functions(template) == {"ReconcilerFunction", "SweeperFunction"}
    assert len(checks.functions(template)) >= 11
    assert len(checks.dead_letter_queues(template)) >= 4
    assert len(list(checks.statements(template))) >= 15
    assert len(checks.resources(template, "AWS::Events::Rule")) >= 2


@pytest.mark.parametrize(
    "function", sorted(path.parent.name for path in checks.ROOT.glob("functions/*/app.py"))
)
def test_a_function_may_do_just_what_its_code_calls(function: str) -> None:
    assert calls.granted(checks.load(), function) == calls.called(function)


def test_calls_are_found_behind_ports_adapters_and_the_edge() -> None:
    """The check above would pass, were nothing found on either side."""
    assert calls.called("flow") == {"states:SendTaskSuccess"}
    assert calls.called("webhook") == {"ssm:GetParametersByPath"}
    assert {"iam:PassRole", "sqs:SendMessage", "scheduler:CreateSchedule"} < calls.called(
        "dispatcher"
    )
    assert {"states:DeleteStateMachine", "states:ListExecutions"} < calls.called("sweeper")
    assert {"ssm:PutParameter", "states:TagResource"} < calls.called("api")


_EXPAND = """
import json, sys
from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions

template, parameters = json.load(sys.stdin)
found = expand_language_extensions(template, parameters, enabled=True)
json.dump(found.expanded_template["Resources"], sys.stdout)
"""


def test_loops_make_what_the_sam_cli_makes_of_them() -> None:
    written, read = checks.as_written(), checks.load()
    finished = subprocess.run(
        [str(stack.SAM_PYTHON), "-c", _EXPAND],
        input=json.dumps([written, {"AWS::StackName": stack.STACK}]),
        capture_output=True,
        text=True,
        check=True,
    )
    made = json.loads(finished.stdout)
    assert made.keys() == read["Resources"].keys()
    looped = made.keys() - written["Resources"].keys()
    assert len(looped) > 40
    resolved = stack.Deployed(template=read).resolved
    for name in looped:
        assert resolved(made[name]) == resolved(read["Resources"][name]), name


def test_no_identity_may_scan_a_table() -> None:
    granted = {
        action
        for _, statement in checks.statements(checks.load())
        for action in checks.as_list(statement["Action"])
    }
    assert "dynamodb:Query" in granted
    assert "dynamodb:Scan" not in granted


def test_recipient_sends_e_mail_names_the_configuration_set_and_may_use_it() -> None:
    template = checks.load()
    senders = {
        name: function["Environment"]["Variables"]
        for name, function in checks.functions(template).items()
        if {"Ref": "EmailPolicy"} in function.get("Policies", [])
    }
    assert len(senders) == 4
    for name, variables in senders.items():
        assert variables["BOOKFLOW_CONFIGURATION_SET"] == {"Ref": "MailConfigurationSet"}, name
        tracking = variables.get("BOOKFLOW_TRACKING_CONFIGURATION_SET")
        # Tests of templates and what goes to admins are never tracked.
        is_tracked = name not in {"ApiFunction", "TrackExecutionFunction"}
        expected = {"Ref": "TrackingConfigurationSet"} if is_tracked else None
        assert tracking == expected, name
    (statement,) = template["Resources"]["EmailPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    for configuration_set in ("MailConfigurationSet", "TrackingConfigurationSet"):
        assert any(
            f"configuration-set/${{{configuration_set}}}" in str(each)
            for each in statement["Resource"]
        )


def test_bounces_and_complaints_of_this_stack_alone_reach_the_queue() -> None:
    found = checks.load()["Resources"]
    always = {"send", "delivery", "reject", "bounce", "complaint"}
    for name, configuration_set, wanted in (
        ("MailFeedbackDestination", "MailConfigurationSet", always),
        # SES rewrites e-mails as soon as a destination wants to know of these two.
        ("TrackingDestination", "TrackingConfigurationSet", always | {"open", "click"}),
    ):
        destination = found[name]["Properties"]
        assert destination["ConfigurationSetName"] == {"Ref": configuration_set}
        assert set(destination["EventDestination"]["MatchingEventTypes"]) == wanted
    pattern = found["MailFeedbackRule"]["Properties"]["EventPattern"]
    assert pattern["detail"]["mail"]["tags"] == {
        "ses:configuration-set": [
            {"Ref": "MailConfigurationSet"},
            {"Ref": "TrackingConfigurationSet"},
        ]
    }
    samples = (checks.ROOT / "events" / "mail_feedback").glob("*.json")
    reported = {json.loads(path.read_text())["detail-type"] for path in samples}
    assert reported == set(pattern["detail-type"])


def test_the_dispatcher_knows_which_try_is_the_last() -> None:
    template = checks.load()
    redrive = checks.resources(template, "AWS::SQS::Queue")["EventQueue"]["RedrivePolicy"]
    variables = checks.functions(template)["DispatcherFunction"]["Environment"]["Variables"]
    assert variables["BOOKFLOW_MAX_RECEIVE_COUNT"] == str(redrive["maxReceiveCount"])


def test_events_are_queued_in_a_group_for_each_location() -> None:
    (target,) = checks.resources(checks.load(), "AWS::Events::Rule")["BookingEventRule"]["Targets"]
    assert target["SqsParameters"] == {"MessageGroupId": "$.detail.location_id"}


def test_a_step_has_the_time_that_its_node_may_ask_for_and_ends_before_its_task_does() -> None:
    called = {*action_types(), FLOW_FUNCTION}
    times = {
        function["CodeUri"].removeprefix("functions/").rstrip("/"): function["Timeout"]
        for function in checks.functions(checks.load()).values()
    }
    assert called <= set(times)
    for name in called:
        assert MAX_TIMEOUT_SECONDS <= times[name] < DEFAULT_TIMEOUT_SECONDS, name


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


def test_the_dashboards_function_may_do_nothing_but_answer() -> None:
    template = checks.load()
    assert "Policies" not in checks.functions(template)["DashboardFunction"]


def test_the_dashboards_files_need_no_token() -> None:
    routes = checks.resources(checks.load(), "AWS::ApiGatewayV2::Route")
    own = [route for route in routes.values() if route["RouteKey"].startswith("GET /dashboard")]
    assert {route["RouteKey"] for route in own} == {"GET /dashboard", "GET /dashboard/{proxy+}"}
    for route in own:
        assert route["AuthorizationType"] == "NONE"
        assert "DashboardIntegration" in json.dumps(route["Target"])


def test_a_machine_may_call_what_runs_steps_and_no_other_function() -> None:
    template = checks.load()
    run_steps = {
        function["FunctionName"]["Fn::Sub"].rpartition("-")[2]
        for function in checks.functions(template).values()
        if function.get("Tags") == {"bookflow:runs": "steps"}
    }
    assert run_steps == {*action_types(), "flow"}
    (statement,) = (
        statement
        for owner, statement in checks.statements(template)
        if owner == "MachineRole" and statement["Action"] == "lambda:InvokeFunction"
    )
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceTag/bookflow:runs": "steps"}}


def test_the_gateway_lets_a_second_dashboard_do_what_the_function_lets_it() -> None:
    api = checks.resources(checks.load(), "AWS::ApiGatewayV2::Api")["HttpApi"]
    condition, said, otherwise = api["CorsConfiguration"]["Fn::If"]
    assert (condition, otherwise) == ("HasDashboardOrigin", {"Ref": "AWS::NoValue"})
    client = Client(make_api(FakePorts(), TestIssuer()))
    headers = {"origin": ORIGIN, "access-control-request-method": "PUT"}
    reported = client.call("OPTIONS", "/v1/locations/loc-1/workflows", headers=headers).headers
    name = "access-control-allow-headers"
    assert {each.lower() for each in said["AllowHeaders"]} <= set(reported[name].lower().split(","))
    assert {each.method for each in endpoints()} <= set(said["AllowMethods"])
    assert set(said["ExposeHeaders"]) == set(reported["access-control-expose-headers"].split(","))
    assert str(said["MaxAge"]) == reported["access-control-max-age"]


def test_no_route_ends_in_a_slash() -> None:
    """API Gateway refuses such a key."""
    routes = checks.resources(checks.load(), "AWS::ApiGatewayV2::Route").values()
    assert routes
    assert not [route["RouteKey"] for route in routes if route["RouteKey"].endswith("/")]


def test_the_issuer_sends_operators_back_to_the_dashboards_addresses() -> None:
    template = checks.load()
    client = checks.resources(template, "AWS::Cognito::UserPoolClient")["UserPoolClient"]
    reported = json.dumps(template["Outputs"]["DashboardUrl"]["Value"])
    for urls in (client["CallbackURLs"], client["LogoutURLs"]):
        text = json.dumps(urls)
        for address in ("${HttpApi.ApiEndpoint}/dashboard/", "${PublicBaseUrl}/dashboard/"):
            assert address in text
            assert address in reported


def test_a_stage_names_settings_of_routes_that_it_waits_for() -> None:
    template = checks.load()
    routes = checks.resources(template, "AWS::ApiGatewayV2::Route")
    stage = template["Resources"]["HttpApiStage"]
    waited = {routes[name]["RouteKey"] for name in stage["DependsOn"]}
    assert set(stage["Properties"]["RouteSettings"]) == waited


def test_each_alarm_over_several_metrics_sums_ten_at_most() -> None:
    """CloudWatch takes no alarm over more (CloudWatch quotas)."""
    alarms = checks.resources(checks.load(), "AWS::CloudWatch::Alarm").values()
    combined = [alarm["Metrics"] for alarm in alarms if "Metrics" in alarm]
    assert len(combined) >= 5
    for metrics in combined:
        assert len([each for each in metrics if "MetricStat" in each]) <= 10
        assert [each.get("ReturnData", True) for each in metrics].count(True) == 1


@pytest.mark.parametrize(
    ("logical", "metric", "dimensions"),
    [
        ("RemindersDroppedAlarm", "AWS/Scheduler InvocationDroppedCount", ["ScheduleGroup"]),
        ("ReminderTargetErrorsAlarm", "AWS/Scheduler TargetErrorCount", ["ScheduleGroup"]),
        ("ReminderThrottlesAlarm", "AWS/Scheduler InvocationThrottleCount", ["ScheduleGroup"]),
        ("RemindersLateAlarm", "Bookflow RemindersLate", ["service"]),
        # Without dimensions: the account's own rates, by which SES pauses sending.
        ("BounceRateAlarm", "AWS/SES Reputation.BounceRate", []),
        ("ComplaintRateAlarm", "AWS/SES Reputation.ComplaintRate", []),
    ],
)
def test_an_alarm_watches_what_aws_publishes(
    logical: str, metric: str, dimensions: list[str]
) -> None:
    alarm = checks.load()["Resources"][logical]["Properties"]
    assert f"{alarm['Namespace']} {alarm['MetricName']}" == metric
    assert [each["Name"] for each in alarm.get("Dimensions", [])] == dimensions


def test_the_alarms_on_sending_go_off_before_ses_pauses_it() -> None:
    found = checks.load()["Resources"]
    assert 0 < found["BounceRateAlarm"]["Properties"]["Threshold"] < 0.05
    assert 0 < found["ComplaintRateAlarm"]["Properties"]["Threshold"] < 0.001


def test_the_dashboard_is_json_whose_metrics_are_of_this_stack() -> None:
    template = checks.load()
    text = template["Resources"]["OperationsDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    titles = [each["properties"]["title"] for each in json.loads(text)["widgets"]]
    assert len(titles) == len(set(titles)) == 8
    known = {*template["Resources"], "AWS::Region", "AWS::StackName"}
    assert {name.split(".")[0] for name in re.findall(r"\$\{([^}]+)\}", text)} <= known


def test_local_use_alone_sets_an_endpoint() -> None:
    template = checks.load()
    value = template["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"]
    absent = {"Ref": "AWS::NoValue"}
    assert value == {"Fn::If": ["HasLocalEndpoint", {"Ref": "LocalEndpoint"}, absent]}
    assert template["Parameters"]["LocalEndpoint"]["Default"] == ""
    rule = template["Rules"]["NoLoopbackInProduction"]
    assert {"Fn::Equals": [{"Ref": "LocalEndpoint"}, ""]} in [
        each["Assert"] for each in rule["Assertions"]
    ]


@pytest.mark.parametrize(
    ("parameter", "value", "is_taken"),
    [
        ("PublicBaseUrl", "", True),
        ("PublicBaseUrl", "https://example.com", True),
        ("PublicBaseUrl", "https://example.com/book/in", True),
        ("PublicBaseUrl", "http://127.0.0.1:8401", True),
        ("PublicBaseUrl", "http://localhost:8401/book", True),
        ("PublicBaseUrl", "https://example.com/", False),
        ("PublicBaseUrl", "https://example.com/book?x=1", False),
        # Cognito takes https for what operators come back to, and http on this machine alone.
        ("PublicBaseUrl", "http://example.com", False),
        ("PublicBaseUrl", "http://localhost.example.com", False),
        ("DashboardOrigin", "https://bookings.example.com", True),
        ("DashboardOrigin", "http://localhost:5173", True),
        ("DashboardOrigin", "http://bookings.example.com", False),
        ("DashboardOrigin", "https://bookings.example.com/app", False),
        ("LocalEndpoint", "http://host.docker.internal:8400", True),
        ("LocalEndpoint", "https://dynamodb.eu-west-1.amazonaws.com", False),
    ],
)
def test_a_parameter_that_would_fail_late_is_refused_at_once(
    parameter: str, value: str, is_taken: bool
) -> None:
    pattern = checks.load()["Parameters"][parameter]["AllowedPattern"]
    # CloudFormation anchors the whole pattern; each branch here does so itself.
    assert bool(re.search(pattern, value)) is is_taken


def test_a_first_deploy_to_prod_can_be_rolled_back() -> None:
    template = checks.load()
    protected = {
        "Fn::And": [
            {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            {"Fn::Equals": [{"Ref": "ProtectData"}, "true"]},
        ]
    }
    assert template["Conditions"]["IsProtected"] == protected
    assert template["Parameters"]["ProtectData"]["Default"] == "true"
    guards = [
        resource["Properties"][key]["Fn::If"][0]
        for resource in template["Resources"].values()
        for key in ("DeletionProtectionEnabled", "DeletionProtection")
        if key in resource.get("Properties", {})
    ]
    assert guards == ["IsProtected"] * 3


def test_one_time_passwords_need_no_sms() -> None:
    """Without SMS among the factors Cognito asks for no SNS role (aws-cdk, `mfaSecondFactor`)."""
    pool = checks.load()["Resources"]["UserPool"]["Properties"]
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert pool["MfaConfiguration"] == {"Ref": "OperatorMfa"}
    assert "SmsConfiguration" not in pool
    assert "phone_number" not in pool["AutoVerifiedAttributes"]


def test_without_tracing_functions_have_no_rights_for_it() -> None:
    """SAM takes Disabled for no setting at all, and adds the rights with any other."""
    template = checks.load()
    assert template["Globals"]["Function"]["Tracing"] == {"Ref": "Tracing"}
    assert template["Parameters"]["Tracing"]["Default"] == "Disabled"
