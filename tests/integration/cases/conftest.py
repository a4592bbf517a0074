"""The AWS adapters on an AWS in memory (moto), for the open cases at the wire."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.integration.adapters.conftest import AwsPorts


@pytest.fixture
def aws(aws_session: boto3.Session) -> Iterator[AwsPorts]:
    with mock_aws():
        yield AwsPorts(aws_session)
