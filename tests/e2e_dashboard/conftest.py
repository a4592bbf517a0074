"""The deployed stack, the dashboard that it serves, and a browser for the tests of the dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from local.browser import NoBrowserError, chromium
from local.stack import LocalStack
from tests.deployed import deployed_stack, mark_end_to_end
from tests.e2e_dashboard.operator import Operator

FIRST_PORT = 8700
"""Away from the ports of `make run` and of the other end-to-end tests."""

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_end_to_end(items, Path(__file__).parent)


@pytest.fixture(scope="session")
def stack(worker_id: str) -> Iterator[LocalStack]:
    with deployed_stack("e2e_dashboard", FIRST_PORT, worker_id) as stack:
        yield stack


@pytest.fixture(scope="session")
def site(stack: LocalStack) -> str:
    """Give the dashboard's address, as the stack tells it."""
    return stack.dashboard_url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as browser:
            yield browser
    except NoBrowserError as error:
        pytest.skip(str(error))


@pytest.fixture
def operator(browser: Browser, stack: LocalStack) -> Iterator[Operator]:
    """Give a fresh browser window; an error on its console fails the test."""
    with _window(browser, stack) as operator:
        yield operator


@pytest.fixture
def far_desk(browser: Browser, stack: LocalStack) -> Iterator[Operator]:
    """Give the window of an operator whose computer is on the other side of the world."""
    with _window(browser, stack, timezone_id="Pacific/Auckland", locale="en-GB") as operator:
        yield operator


@contextmanager
def _window(browser: Browser, stack: LocalStack, **settings: Any) -> Iterator[Operator]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, accept_downloads=True, **settings
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield Operator(page, stack)
    context.close()
    assert not problems
