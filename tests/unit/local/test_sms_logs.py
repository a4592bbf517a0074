"""`make sms-logs` has SNS log what became of text messages, and may be repeated."""

from __future__ import annotations

import boto3
from moto import mock_aws

from scripts.sms_logs import DAYS_KEPT, ROLE, turn_on
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
