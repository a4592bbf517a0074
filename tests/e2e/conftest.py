"""The deployed stack that the end-to-end tests share, and a location of its own for each test."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookflow.bootstrap import Services
from local.console import Console, LocalError
from local.paths import LocalPaths
from local.product import local_product, services_of
from local.stack import LocalStack
from tests.e2e.place import Place

FIRST_PORT = 8500
"""Away from the ports of `make run`, which may be up at the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    repository = LocalPaths.of()
    paths = LocalPaths.of(state=repository.shared / "e2e")
    product = local_product(Console(), paths=paths, first_port=FIRST_PORT)
    with contextlib.ExitStack() as cleanup:
        try:
            stack = cleanup.enter_context(product)
        except LocalError as error:
            pytest.exit(error.render(), returncode=int(error.exit_code))
        yield stack


@pytest.fixture(scope="session")
def services(stack: LocalStack) -> Services:
    return services_of(stack)


@pytest.fixture
def place(stack: LocalStack, services: Services, request: pytest.FixtureRequest) -> Place:
    """A location that no other test uses, named after the test."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_")).strip("-")
    return Place(stack, services, name[:50].strip("-"))
