"""`make sms-logs`: has SNS log what became of each text message, for the whole account and Region.

SNS accepts a message and learns later whether it was delivered; only its delivery logs say so. They
belong to the account and not to a stack, so no template turns them on. With the name of a stack its
function `sms_feedback` is subscribed to them, after which steps show what became of their messages.
The command may be repeated. A log group takes two subscriptions.

Sources: SNS Developer Guide, "Viewing Amazon CloudWatch metrics and logs for SMS deliveries" and
"Amazon SNS message delivery status" (the role's rights); API reference, "SetSMSAttributes";
CloudWatch Logs User Guide, "Log group-level subscription filters".
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import boto3

ROLE = "bookflow-sms-delivery-logs"
DAYS_KEPT = 30
SAMPLED_PERCENT = "100"
"""Of the delivered messages; those that failed are always logged."""

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def turn_on(session: boto3.Session) -> Mapping[str, str]:
    """Turn the logs on; return the log groups, by what they hold."""
    account = session.client("sts").get_caller_identity()["Account"]
    region = str(session.region_name)
    group = f"sns/{region}/{account}/DirectPublishToPhoneNumber"
    groups = {"delivered": group, "failed": f"{group}/Failure"}
    logs = session.client("logs")
    for name in groups.values():
        _make_group(logs, name)
    role_arn = _make_role(session.client("iam"), _rights(session, region, account))
    session.client("sns").set_sms_attributes(
        attributes={
            "DeliveryStatusIAMRole": role_arn,
            "DeliveryStatusSuccessSamplingRate": SAMPLED_PERCENT,
        }
    )
    return groups


def subscribe(session: boto3.Session, stack: str, groups: Iterable[str]) -> None:
    """Hand each line of the log groups to the stack's function, which must be deployed.

    Raises:
        SystemExit: There is no such function in the account and Region, or a group has two
            subscriptions of others already.
    """
    functions, logs = session.client("lambda"), session.client("logs")
    name = f"{stack}-sms_feedback"
    try:
        function = functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    except functions.exceptions.ResourceNotFoundException:
        raise SystemExit(
            f"There is no function {name} in {session.region_name}. Deploy the stack first, or "
            "name another one: make sms-logs STACK=bookflow-dev"
        ) from None
    for group in groups:
        try:
            logs.put_subscription_filter(
                logGroupName=group, filterName=stack, filterPattern="", destinationArn=function
            )
        except logs.exceptions.LimitExceededException:
            raise SystemExit(
                f"{group} has two subscriptions already, which is all that AWS allows. Remove one: "
                f"aws logs describe-subscription-filters --log-group-name {group}"
            ) from None


def _make_group(logs: Any, name: str) -> None:
    """Make the group before SNS does: SNS's own are kept for ever, and hold phone numbers."""
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=DAYS_KEPT)


def _make_role(iam: Any, rights: Mapping[str, Any]) -> str:
    try:
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName=ROLE)
    iam.put_role_policy(RoleName=ROLE, PolicyName="write-logs", PolicyDocument=json.dumps(rights))
    return str(role["Role"]["Arn"])


def _rights(session: boto3.Session, region: str, account: str) -> Mapping[str, Any]:
    partition = session.get_partition_for_region(region)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                    "logs:PutMetricFilter",
                    "logs:PutRetentionPolicy",
                ],
                "Resource": f"arn:{partition}:logs:{region}:{account}:log-group:sns/*",
            }
        ],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Turn the logs on in the account and Region of the caller's credentials."""
    parser = argparse.ArgumentParser(prog="make sms-logs", description=__doc__)
    parser.add_argument("stack", nargs="?", help="the stack whose steps shall show the outcome")
    stack = parser.parse_args(arguments).stack
    session = boto3.Session()
    groups = turn_on(session)
    for what, group in groups.items():
        print(f"{what}: CloudWatch log group {group}, kept for {DAYS_KEPT} days")
    if stack:
        subscribe(session, stack, groups.values())
        print(f"{stack}-sms_feedback takes their lines")


if __name__ == "__main__":
    main()
