"""The deployed stack, the dashboard that it serves, and a browser for the tests of the dashboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from local.browser import NoBrowserError, chromium
from local.sam import STACK_NAME
from local.stack import LocalStack
from tests.deployed import deployed_stack, mark_end_to_end
from tests.e2e_dashboard.noise import Noise
from tests.e2e_dashboard.operator import Operator

API_LOG = f"/aws/lambda/{STACK_NAME}-api"

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
def operator(
    browser: Browser, stack: LocalStack, expected_noise: Sequence[str]
) -> Iterator[Operator]:
    """Give a fresh browser window; an error on its console or a failed request fails the test."""
    with _window(browser, stack, expected_noise) as operator:
        yield operator


@pytest.fixture
def far_desk(
    browser: Browser, stack: LocalStack, expected_noise: Sequence[str]
) -> Iterator[Operator]:
    """Give the window of an operator whose computer is on the other side of the world."""
    zone = {"timezone_id": "Pacific/Auckland", "locale": "en-GB"}
    with _window(browser, stack, expected_noise, **zone) as operator:
        yield operator


@pytest.fixture
def expected_noise(request: pytest.FixtureRequest) -> Sequence[str]:
    """Give what the test expects to fail, by its marks `noise`: patterns such as `412 PUT /workflows/`."""
    return [each for mark in request.node.iter_markers("noise") for each in mark.args]


@contextmanager
def _window(
    browser: Browser, stack: LocalStack, expected: Sequence[str], **settings: Any
) -> Iterator[Operator]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, accept_downloads=True, **settings
    )
    noise = Noise(expected)
    context.on("page", noise.listen_to)
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield Operator(page, stack)
    context.close()
    assert not noise.unexpected, "\n".join([*noise.unexpected, *_unanswered(stack)])


def _unanswered(stack: LocalStack) -> list[str]:
    """Return what the API's log says of the calls that it answered with 500 or above."""
    logs = stack.client("logs")
    found = logs.filter_log_events(logGroupName=API_LOG, filterPattern='"call failed"')
    return [each["message"] for each in found["events"]]
