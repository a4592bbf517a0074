"""The deployed stack that the end-to-end tests share, and a location of its own for each test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookflow.bootstrap import Services
from local.product import services_of
from local.stack import LocalStack
from tests.deployed import deployed_stack, mark_end_to_end
from tests.e2e.location import OwnLocation

FIRST_PORT = 8500
"""Away from the ports of `make run`, which may be up at the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_end_to_end(items, Path(__file__).parent)


@pytest.fixture(scope="session")
def stack(worker_id: str) -> Iterator[LocalStack]:
    with deployed_stack("e2e", FIRST_PORT, worker_id) as stack:
        yield stack


@pytest.fixture(scope="session")
def services(stack: LocalStack) -> Services:
    return services_of(stack)


@pytest.fixture
def place(stack: LocalStack, services: Services, request: pytest.FixtureRequest) -> OwnLocation:
    """A location that no other test uses, named after the test."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_")).strip("-")
    return OwnLocation(stack, services, name[:50].strip("-"))
