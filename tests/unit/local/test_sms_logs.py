"""`make sms-logs` has SNS log what became of text messages, and may be repeated."""

from __future__ import annotations

import json

import boto3
import pytest
from moto import mock_aws

from scripts.sms_logs import DAYS_KEPT, ROLE, TRUST, subscribe, turn_on
from tests.aws.referee import Referee


def test_the_logs_are_turned_on_and_nothing_is_kept_for_ever() -> None:
    session = Referee().watch(boto3.Session("testing", "testing", region_name="eu-central-1"))
    with mock_aws():
        groups = [turn_on(session), turn_on(session)][1]
        assert groups == {
            "delivered": "sns/eu-central-1/123456789012/DirectPublishToPhoneNumber",
            "failed": "sns/eu-central-1/123456789012/DirectPublishToPhoneNumber/Failure",
        }
        made = session.client("logs").describe_log_groups(logGroupNamePrefix="sns/")["logGroups"]
        assert {each["logGroupName"]: each["retentionInDays"] for each in made} == {
            name: DAYS_KEPT for name in groups.values()
        }
        (role,) = session.client("iam").list_roles()["Roles"]
        assert session.client("sns").get_sms_attributes()["attributes"] == {
            "DeliveryStatusIAMRole": role["Arn"],
            "DeliveryStatusSuccessSamplingRate": "100",
        }
        assert role["RoleName"] == ROLE


def deployed(session: boto3.Session, name: str) -> str:
    """Make a function of that name; return its ARN."""
    role = session.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    made = session.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": b""},
    )
    return str(made["FunctionArn"])


def test_a_stacks_function_is_subscribed_to_both_logs_once() -> None:
    session = Referee().watch(boto3.Session("testing", "testing", region_name="eu-central-1"))
    with mock_aws():
        arn = deployed(session, "bookflow-dev-sms_feedback")
        groups = turn_on(session).values()
        for _ in range(2):
            subscribe(session, "bookflow-dev", groups)
        logs = session.client("logs")
        for group in groups:
            (found,) = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
            assert (found["filterName"], found["destinationArn"]) == ("bookflow-dev", arn)
            assert found["filterPattern"] == "", "every line"


def test_a_stack_that_is_not_there_or_one_too_many_is_reported() -> None:
    session = boto3.Session("testing", "testing", region_name="eu-central-1")
    with mock_aws():
        groups = turn_on(session).values()
        with pytest.raises(
            SystemExit, match="no function bookflow-dev-sms_feedback in eu-central-1"
        ):
            subscribe(session, "bookflow-dev", groups)
        for stack in ("one", "two", "three"):
            deployed(session, f"{stack}-sms_feedback")
        subscribe(session, "one", groups)
        subscribe(session, "two", groups)
        with pytest.raises(SystemExit, match="has two subscriptions already"):
            subscribe(session, "three", groups)
