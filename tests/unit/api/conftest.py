"""The API on ports in memory, with tokens of a test issuer."""

from __future__ import annotations

import pytest

from bookflow.api.app import Api
from tests.api import Client, TestIssuer, make_api
from tests.fakes import FakePorts


@pytest.fixture
def issuer() -> TestIssuer:
    return TestIssuer()


@pytest.fixture
def ports() -> FakePorts:
    return FakePorts()


@pytest.fixture
def api(ports: FakePorts, issuer: TestIssuer) -> Api:
    return make_api(ports, issuer)


@pytest.fixture
def admin(api: Api, issuer: TestIssuer) -> Client:
    """An admin of the location loc-1."""
    return Client(api, issuer.person(loc_1="admin"))
