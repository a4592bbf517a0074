"""Paths behind a custom domain with an API mapping, and the dashboard's folder without a file."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.domain.messages.unsubscribe_links import make_token
from bookflow.edge.http_paths import leading_to_the_dashboard, under_base_path
from bookflow.pages.app import PublicPages
from tests.api import Client, TestIssuer, event, make_api
from tests.unit.pages.requests import event as page_request
from tests.unit.surveys.samples import survey_ports

BASE = "https://example.com/book"


def request(path: str, method: str = "GET", query: str = "") -> dict[str, Any]:
    return {**event(method, path, None, {}, {}), "rawQueryString": query}


def seen_path(base: str, path: str) -> str:
    def echo(given: dict[str, Any], _: Any) -> dict[str, Any]:
        assert given["requestContext"]["http"]["path"] == given["rawPath"]
        return {"body": given["rawPath"]}

    return str(under_base_path(echo, lambda: base)(request(path), None)["body"])


@pytest.mark.parametrize(
    ("base", "path", "seen"),
    [
        (BASE, "/book/s/loc-1/token", "/s/loc-1/token"),
        (f"{BASE}/", "/book/v1/health", "/v1/health"),
        ("https://example.com/v2/book", "/v2/book/u/loc-1/token", "/u/loc-1/token"),
        # The API answers at its own address too.
        (BASE, "/s/loc-1/token", "/s/loc-1/token"),
        (BASE, "/bookings", "/bookings"),
        (BASE, "/book", "/book"),
        ("https://abc.execute-api.eu-west-1.amazonaws.com", "/v1/health", "/v1/health"),
        ("https://example.com/v1", "/v1/v1/health", "/v1/health"),
        ("", "/v1/health", "/v1/health"),
    ],
)
def test_the_mappings_path_is_left_out(base: str, path: str, seen: str) -> None:
    assert seen_path(base, path) == seen


def test_the_api_answers_under_a_mapping() -> None:
    api = make_api(InMemoryPorts(), TestIssuer())
    assert Client(api).call("GET", "/book/v1/health").status == 404
    answer = under_base_path(api, lambda: BASE)(request("/book/v1/health"), None)
    assert answer["statusCode"] == 200


def test_a_page_answers_under_a_mapping_as_it_does_without() -> None:
    ports = survey_ports()
    pages = PublicPages(lambda: ports)
    key = ports.suppressions.keep_link_key("loc-1", b"k" * 32)
    path = f"/u/loc-1/{make_token(key, 'loc-1', 'ada@example.com', 'en')}"
    mapped = page_request("GET", f"/book{path}")
    assert pages(mapped, None)["statusCode"] == 404
    answer = under_base_path(pages, lambda: BASE)(mapped, None)
    assert answer == pages(page_request("GET", path), None)
    assert answer["statusCode"] == 200


def test_the_dashboards_folder_leads_to_its_page_with_what_a_sign_in_brings_back() -> None:
    handler = leading_to_the_dashboard(lambda *_: {"statusCode": 404})
    answer = handler(request("/dashboard/"), None)
    assert (answer["statusCode"], answer["headers"]["Location"]) == (307, "index.html")
    answer = handler(request("/dashboard/", query="code=a%2Fb&state=c"), None)
    assert answer["headers"]["Location"] == "index.html?code=a%2Fb&state=c"


def test_the_apis_own_root_leads_to_the_dashboard() -> None:
    handler = under_base_path(leading_to_the_dashboard(lambda *_: {}), lambda: BASE)
    for path in ("/", "/book/"):
        answer = handler(request(path), None)
        assert (answer["statusCode"], answer["headers"]["Location"]) == (
            307,
            "dashboard/index.html",
        )


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/dashboard/"), ("POST", "/"), ("GET", "/v1/dashboard/"), ("GET", "/dashboards")],
)
def test_nothing_else_leads_there(method: str, path: str) -> None:
    handler = leading_to_the_dashboard(lambda *_: {"statusCode": 404})
    assert handler(request(path, method), None) == {"statusCode": 404}


def test_both_hold_together() -> None:
    handler = under_base_path(leading_to_the_dashboard(lambda *_: {}), lambda: BASE)
    answer = handler(request("/book/dashboard/"), None)
    # Relative, the browser resolves it against the address that it sees.
    assert answer["headers"]["Location"] == "index.html"
