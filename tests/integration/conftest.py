"""What the tests on an AWS in memory (moto) share."""

from __future__ import annotations

import os
import time

import boto3
import pytest

from tests.aws.referee import Referee

REGION = "eu-central-1"

# Lambda's zone: moto takes the times that waits end at for those of the machine's own clock.
os.environ["TZ"] = "UTC"
time.tzset()


@pytest.fixture(scope="session")
def referee() -> Referee:
    """Answers as AWS would where moto does not, for all clients of `aws_session`."""
    return Referee()


@pytest.fixture(scope="session")
def aws_session(referee: Referee) -> boto3.Session:
    """One refereed session for all tests: it keeps the services' models, which are slow to read."""
    session = boto3.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION
    )
    return referee.watch(session)
