"""What every page keeps to, whatever is asked: headers, limits, problems, and silence in the log."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from typing import Any

import pytest

from bookflow.domain.shared.errors import TransientError
from bookflow.pages.app import MAX_BODY_BYTES, PublicPages, logger
from tests.fakes import FakePorts
from tests.unit.pages.requests import event, get, post
from tests.unit.surveys.samples import TOKEN, survey_ports

PATH = f"/s/loc-1/{TOKEN}"


@pytest.fixture
def ports() -> FakePorts:
    return survey_ports()


@pytest.fixture
def pages(ports: FakePorts) -> PublicPages:
    return PublicPages(lambda: ports)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Everything that is logged, as CloudWatch gets it."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream


@pytest.mark.parametrize("path", [PATH, "/s/loc-1/x", "/u/loc-1/x", "/elsewhere"])
def test_every_page_has_the_headers_that_let_a_browser_do_nothing_else(
    pages: PublicPages, path: str
) -> None:
    answer = get(pages, path)
    headers = answer["headers"]
    style = re.search(r"<style>(.*?)</style>", answer["body"], re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "http" not in answer["body"]


def test_trouble_on_our_side_is_reported_without_its_details_and_counted(
    pages: PublicPages, ports: FakePorts, log: io.StringIO
) -> None:
    ports.fail_next("surveys.invited", TransientError("busy"), ValueError("ada@example.com"))
    for _ in range(2):
        answer = get(pages, PATH, accept_language="de")
        assert answer["statusCode"] == 503
        assert answer["headers"]["Retry-After"] == "30"
        assert "Das hat nicht geklappt" in answer["body"]
        assert "busy" not in answer["body"]
    assert ports.counter.counts["PagesFailed", None] == 2
    assert get(pages, PATH)["statusCode"] == 200
    assert "ada@example.com" not in log.getvalue()
    assert "ValueError" in log.getvalue()


def test_nothing_of_a_person_or_a_link_reaches_the_log(
    pages: PublicPages, ports: FakePorts, log: io.StringIO
) -> None:
    ports.fail_next("surveys.respond", RuntimeError("More sunsets"))
    post(pages, PATH, {"q.overall": "5", "q.again": "Yes", "q.comment": "More sunsets"})
    logged = log.getvalue()
    (line,) = [json.loads(one) for one in logged.splitlines() if "unexpected error" in one]
    assert line["error"] == "RuntimeError"
    assert line["where"]
    for private in ("More sunsets", TOKEN, "ada@example.com", "Lovelace"):
        assert private not in logged


def too_large(**changes: Any) -> dict[str, Any]:
    return {**event("POST", PATH, b"q.comment=" + b"x" * MAX_BODY_BYTES), **changes}


@pytest.mark.parametrize(
    "request_event",
    [
        too_large(),
        too_large(body="x" * (MAX_BODY_BYTES + 1), isBase64Encoded=False),
        event("POST", PATH, b"&".join(b"a=1" for _ in range(1001))),
    ],
)
def test_a_request_that_no_form_of_ours_sends_is_refused(
    pages: PublicPages, ports: FakePorts, request_event: dict[str, Any]
) -> None:
    answer = pages(request_event, None)
    assert answer["statusCode"] == 413
    assert "Your answers are too long" in answer["body"]
    assert not ports.calls.made


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "%%%", "isBase64Encoded": True},
        {"body": "q.overall=%ff%fe&=&&q.again", "isBase64Encoded": False},
        {"body": None},
        {"headers": {"content-type": "application/json"}},
        {"headers": {}},
    ],
)
def test_a_body_that_is_no_form_is_an_empty_one(
    pages: PublicPages, changes: dict[str, Any]
) -> None:
    answer = pages({**event("POST", PATH, b"q.overall=5"), **changes}, None)
    assert answer["statusCode"] == 422


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_find_nothing(pages: PublicPages, method: str) -> None:
    assert pages(event(method, PATH), None)["statusCode"] == 404
