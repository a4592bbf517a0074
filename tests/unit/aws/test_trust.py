"""Who may take a role, and who may use a queue or call a function: trust and resource policies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aws.policies import Request, Statement, allows
from tests.aws.stack import ACCOUNT, REGION, Deployed

OURS = {"aws:sourceaccount": ACCOUNT}
OTHERS = {"aws:sourceaccount": "999999999999"}


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return Deployed()


def takes(service: str, context: dict[str, str]) -> Request:
    return Request("sts:AssumeRole", "*", context, principal=service)


def test_lambda_may_take_the_role_of_each_function_and_nobody_else(deployed: Deployed) -> None:
    owners = [each for each in deployed.roles() if not each.endswith("Role")]
    assert len(owners) == 17
    for owner in owners:
        assert allows(deployed.trust(owner), takes("lambda.amazonaws.com", {}))
        assert not allows(deployed.trust(owner), takes("states.amazonaws.com", OURS))


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("MachineRole", "states.amazonaws.com"),
        ("SchedulerRole", "scheduler.amazonaws.com"),
        ("ReconcilerScheduleRole", "scheduler.amazonaws.com"),
        ("SweeperScheduleRole", "scheduler.amazonaws.com"),
    ],
)
def test_a_service_takes_a_role_for_this_account_only(
    deployed: Deployed, role: str, service: str
) -> None:
    assert allows(deployed.trust(role), takes(service, OURS))
    assert not allows(deployed.trust(role), takes(service, OTHERS))
    assert not allows(deployed.trust(role), takes("lambda.amazonaws.com", OURS))


def test_every_schedule_reaches_its_function_and_its_dead_letters(deployed: Deployed) -> None:
    schedules = deployed.of_type("AWS::Scheduler::Schedule")
    assert len(schedules) == 3
    for schedule in schedules.values():
        target = schedule["Target"]
        role = target["RoleArn"].rpartition("/")[2]
        statements = deployed.statements(role)
        assert allows(statements, Request("lambda:InvokeFunction", target["Arn"]))
        assert allows(statements, Request("sqs:SendMessage", target["DeadLetterConfig"]["Arn"]))
        assert not allows(statements, Request("lambda:InvokeFunction", target["Arn"] + "x"))
        assert not allows(statements, Request("sqs:SendMessage", deployed.arn("EventQueue")))


def test_a_reminder_reaches_the_event_queue_and_its_dead_letters(deployed: Deployed) -> None:
    statements = deployed.statements("SchedulerRole")
    for queue in ("EventQueue", "SchedulerDeadLetterQueue"):
        assert allows(statements, Request("sqs:SendMessage", deployed.arn(queue)))
    assert not allows(statements, Request("sqs:SendMessage", deployed.arn("TrackingQueue")))


def queue_statements(deployed: Deployed, queue: str) -> list[Statement]:
    """Return what the policies on a queue say; a policy names its queues."""
    return [
        statement
        for policy in deployed.of_type("AWS::SQS::QueuePolicy").values()
        if queue in policy["Queues"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def test_every_rule_reaches_its_queue_and_its_dead_letters_and_no_other_rule_does(
    deployed: Deployed,
) -> None:
    rules = deployed.of_type("AWS::Events::Rule")
    assert len(rules) == 3
    for name, rule in rules.items():
        for target in rule["Targets"]:
            for arn in (target["Arn"], target["DeadLetterConfig"]["Arn"]):
                statements = queue_statements(deployed, arn.rpartition(":")[2])

                def sends(source: str, service: str = "events", arn: str = arn) -> Request:
                    context = {"aws:sourcearn": source}
                    return Request("sqs:SendMessage", arn, context, f"{service}.amazonaws.com")

                assert allows(statements, sends(deployed.arn(name)))
                assert not allows(statements, sends(deployed.arn(name) + "x"))
                assert not allows(statements, sends(deployed.arn(name), "sns"))


def test_lambda_may_read_each_queue_that_feeds_a_function(deployed: Deployed) -> None:
    mappings = deployed.of_type("AWS::Lambda::EventSourceMapping")
    assert len(mappings) == 4
    for mapping in mappings.values():
        function = mapping["FunctionName"].removeprefix("bookflow-test-")
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            asked = Request(f"sqs:{action}", mapping["EventSourceArn"])
            assert allows(deployed.statements(function), asked)
            assert not allows(deployed.statements("pages"), asked)


def test_lambda_may_put_calls_that_failed_where_the_function_says(deployed: Deployed) -> None:
    configurations = deployed.of_type("AWS::Lambda::EventInvokeConfig")
    assert len(configurations) == 2
    for configuration in configurations.values():
        function = configuration["FunctionName"].removeprefix("bookflow-test-")
        queue = configuration["DestinationConfig"]["OnFailure"]["Destination"]
        assert allows(deployed.statements(function), Request("sqs:SendMessage", queue))


def invokers(deployed: Deployed, function_arn: str) -> list[dict[str, Any]]:
    """Return the permissions on a function, as the statements that Lambda makes of them."""
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": permission["Principal"]},
            "Action": permission["Action"],
            "Resource": function_arn,
            "Condition": {"ArnLike": {"aws:SourceArn": permission["SourceArn"]}},
        }
        for permission in deployed.of_type("AWS::Lambda::Permission").values()
        if function_arn.endswith(f":{permission['FunctionName'].rpartition(':')[2]}")
    ]


def test_the_gateway_may_call_the_function_of_each_of_its_routes(deployed: Deployed) -> None:
    integrations = deployed.of_type("AWS::ApiGatewayV2::Integration")
    assert len(integrations) == 3
    for integration in integrations.values():
        arn = integration["IntegrationUri"]

        def calls(api: str, arn: str = arn) -> Request:
            source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/$default/GET/s/x"
            context = {"aws:sourcearn": source}
            return Request("lambda:InvokeFunction", arn, context, "apigateway.amazonaws.com")

        assert allows(invokers(deployed, arn), calls(integration["ApiId"]))
        assert not allows(invokers(deployed, arn), calls("other"))


def test_the_delivery_logs_of_sns_may_call_their_function_and_no_other_log_may(
    deployed: Deployed,
) -> None:
    arn = deployed.arn("SmsFeedbackFunction")

    def calls(group: str) -> Request:
        # As CloudWatch Logs names the group that it hands lines of (User Guide, "Subscription filters").
        context = {"aws:sourcearn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"}
        return Request("lambda:InvokeFunction", arn, context, "logs.amazonaws.com")

    numbers = f"sns/{REGION}/{ACCOUNT}/DirectPublishToPhoneNumber"
    for group in (numbers, f"{numbers}/Failure"):
        assert allows(invokers(deployed, arn), calls(group))
    for group in ("sns/other", "/aws/lambda/bookflow-test-api"):
        assert not allows(invokers(deployed, arn), calls(group))


def test_ses_puts_its_events_on_the_bus_that_a_rule_listens_to(deployed: Deployed) -> None:
    destinations = deployed.of_type("AWS::SES::ConfigurationSetEventDestination").values()
    for destination in destinations:
        bus = destination["EventDestination"]["EventBridgeDestination"]["EventBusArn"]
        assert bus == f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    rule = deployed.of_type("AWS::Events::Rule")["MailFeedbackRule"]
    assert rule["EventBusName"] == "default"
    sets = rule["EventPattern"]["detail"]["mail"]["tags"]["ses:configuration-set"]
    assert sorted(sets) == sorted(each["ConfigurationSetName"] for each in destinations)
    assert len(sets) == 2
