"""How the deployed stack serves the dashboard: small, cached by content, closed to everything else."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Response, expect

from local.issuer import CLIENT_ID
from local.stack import LocalStack
from tests.e2e_dashboard.noise import Noise
from tests.e2e_dashboard.operator import Operator
from tests.e2e_dashboard.site import PrefixedSite

FIRST_VIEW_LIMIT_BYTES = 200_000
PAGE = "index.html"
BUNDLED = (
    "@fontsource-variable/inter",
    "@tanstack/react-query",
    "@tanstack/react-virtual",
    "@xyflow/react",
    "lucide-react",
    "react",
    "react-aria-components",
    "react-dom",
    "wouter",
)


@pytest.fixture(scope="module")
def http(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site, trust_env=False, timeout=60) as client:
        yield client


@pytest.mark.parametrize("bare", [True, False])
def test_the_address_leads_to_the_page(http: httpx.Client, site: str, bare: bool) -> None:
    answer = http.get(site.removesuffix("/") if bare else site, follow_redirects=True)
    assert answer.status_code == 200
    # The emulator takes the folder to $default, as AWS may; its function leads to the page.
    assert str(answer.url) == f"{site}index.html"
    assert "<title>Bookflow</title>" in answer.text


def test_the_page_is_asked_for_again_and_not_sent_again(http: httpx.Client) -> None:
    first = http.get(PAGE)
    assert first.headers["cache-control"] == "no-cache"
    again = http.get(PAGE, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_assets_are_packed_and_kept_for_ever(http: httpx.Client) -> None:
    names = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', http.get(PAGE).text)
    assert any(name.endswith(".js") for name in names)
    for name in names:
        with http.stream("GET", name) as answer:
            packed = b"".join(answer.iter_raw())
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) == len(packed)
        assert gzip.decompress(packed)


def test_the_configuration_names_the_issuer(http: httpx.Client, stack: LocalStack) -> None:
    answer = http.get("config.json")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.json() == {
        "api": "..",
        "issuer": stack.issuer.url,
        "client_id": CLIENT_ID,
        "scope": "openid profile email",
    }


def test_the_policy_lets_the_page_call_its_own_origin_and_the_issuer(
    http: httpx.Client, stack: LocalStack
) -> None:
    headers = http.get(PAGE).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert f"connect-src 'self' {stack.issuer.url};" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "../../../etc/passwd",
        "assets/../../app.py",
        "%2e%2e/app.py",
        "..%2fapp.py",
        "..%5capp.py",
        "assets",
        "nothing.js",
        "index.html.gz",
    ],
)
def test_nothing_else_is_given_away(site: str, path: str) -> None:
    # httpx would tidy the path up, as a browser does; what attacks does not.
    url = httpx.URL(site)
    request = httpx.Request(
        "GET", url.copy_with(path="/"), extensions={"target": f"{url.path}{path}".encode()}
    )
    with httpx.Client(trust_env=False, timeout=60) as client:
        answer = client.send(request)
    assert answer.status_code == 404
    assert "handler" not in answer.text
    assert "root:" not in answer.text


def test_the_list_comes_over_the_wire_in_less_than_the_limit(operator: Operator) -> None:
    """What a browser with an empty cache loads of the dashboard until the list is there."""
    wire: dict[str, int] = {}
    answers: list[Response] = []
    operator.page.on("response", lambda answer: answers.append(answer))
    operator.sign_in_by_hand()
    expect(
        operator.page.get_by_role("link", name="Booking Confirmation", exact=True)
    ).to_be_visible()
    for answer in answers:
        if answer.url.startswith(operator.url) and answer.status == 200:
            wire[answer.url] = int(answer.headers["content-length"])
    assert len(wire) > 5
    assert sum(wire.values()) < FIRST_VIEW_LIMIT_BYTES, wire


def test_the_licences_of_what_is_bundled_are_served(http: httpx.Client) -> None:
    answer = http.get("licenses.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    for name in BUNDLED:
        assert f"## {name} - " in answer.text, name
    assert "SIL OPEN FONT LICENSE" in answer.text


def test_it_works_under_another_prefix(browser: Browser, stack: LocalStack) -> None:
    """A sign-in, a list that the API gave, and a page of its own chunk, behind a reverse proxy."""
    context = browser.new_context()
    page = context.new_page()
    noise = Noise()
    noise.listen_to(page)
    with PrefixedSite(stack.api_url) as proxied:
        page.goto(proxied.url)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Demo admin").click()
        page.get_by_role("link", name="Workflows", exact=True).click()
        page.get_by_role("link", name="Booking Confirmation", exact=True).click()
        expect(page.locator(".react-flow__node").first).to_be_visible()
        assert page.url.startswith(f"{proxied.url}/#/")
    context.close()
    assert not noise.unexpected


def test_signing_out_comes_back_to_the_dashboard(operator: Operator) -> None:
    operator.sign_in_by_hand()
    page = operator.page
    page.get_by_role("button", name="Demo admin").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.url == operator.url
