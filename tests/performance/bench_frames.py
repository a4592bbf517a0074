"""Measures how long the dashboard's page works at a stretch with a large graph, in this machine's Chromium."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from playwright.sync_api import Browser, expect

from local.browser import NoBrowserError, chromium
from local.console import Console
from local.paths import LocalPaths
from local.product import local_product
from local.stack import LocalStack
from tests.e2e_dashboard.operator import Operator
from tests.e2e_dashboard.traces import frames_of_a_drag, longest_tasks
from tests.performance.rows import Row

FIRST_PORT = 8850
LARGEST = 1_000
UNIT = "ms CPU"


def rows() -> list[Row]:
    """Return the longest frame of a drag and the longest tasks; none without a Chromium."""
    expect.set_options(timeout=30_000)
    paths = LocalPaths.of(state=LocalPaths.of().shared / "bench_frames")
    try:
        with (
            chromium() as browser,
            local_product(Console(quiet=True), paths=paths, first_port=FIRST_PORT) as stack,
        ):
            return list(_rows(browser, stack))
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return []


def _rows(browser: Browser, stack: LocalStack) -> Iterator[Row]:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    operator = Operator(page, stack)
    operator.sign_in()
    frames = frames_of_a_drag(operator)
    note = f"{len(frames)} frames"
    yield Row(
        "dashboard frames", "longest, a step of 100 dragged", round(max(frames), 1), UNIT, note
    )
    for action, longest in longest_tasks(operator, LARGEST).items():
        case = f"longest task, {LARGEST:,} steps: {action}"
        yield Row("dashboard frames", case, round(longest, 1), UNIT)
