"""The API on ports in memory, with tokens of a test issuer."""

from __future__ import annotations

import pytest

from bookflow.adapters.memory import InMemoryPorts
from bookflow.api.app import Api
from tests.api import Client, TestIssuer, make_api


@pytest.fixture
def issuer() -> TestIssuer:
    return TestIssuer()


@pytest.fixture
def ports() -> InMemoryPorts:
    return InMemoryPorts()


@pytest.fixture
def api(ports: InMemoryPorts, issuer: TestIssuer) -> Api:
    return make_api(ports, issuer)


@pytest.fixture
def admin(api: Api, issuer: TestIssuer) -> Client:
    """An admin of the location loc-1."""
    return Client(api, issuer.person(loc_1="admin"))
