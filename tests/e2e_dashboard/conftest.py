"""The deployed stack, the built dashboard and a browser for the tests of the dashboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from local.console import Console
from local.paths import LocalPaths
from local.product import local_product
from local.stack import LocalStack
from tests.e2e_dashboard.desk import Desk
from tests.e2e_dashboard.site import Site

FIRST_PORT = 8700
"""Away from the ports of `make run` and of the other end-to-end tests."""

BUILT = Path(__file__).parents[2] / "dashboard" / "dist"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    repository = LocalPaths.of()
    paths = LocalPaths.of(state=repository.shared / "e2e_dashboard")
    with local_product(Console(), paths=paths, first_port=FIRST_PORT) as stack:
        yield stack


@pytest.fixture(scope="session")
def site(stack: LocalStack) -> Iterator[Site]:
    if not (BUILT / "index.html").exists():
        pytest.fail("The dashboard is not built. Run: npm --prefix dashboard run build")
    with Site(BUILT, stack.api_url, stack.issuer.url) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def desk(browser: Browser, site: Site, stack: LocalStack) -> Iterator[Desk]:
    """Give a fresh browser window; an error on its console fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    token = stack.issuer.user_token(stack.issuer.users[0])
    yield Desk(page, site.url, stack.api_url, token, stack.receiver.url)
    context.close()
    assert not faults
