"""The unsubscribe page: asked before, done by a button or by a mail program, and undone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bookflow.domain.messages.suppression import SuppressionReason
from bookflow.domain.messages.unsubscribe_links import make_token
from bookflow.pages.app import PublicPages
from bookflow.use_cases.messages.suppress import SuppressionList
from tests.fakes import FakePorts
from tests.unit.pages.requests import event, get, post
from tests.unit.surveys.samples import survey_ports


@pytest.fixture
def ports() -> FakePorts:
    return survey_ports()


@pytest.fixture
def pages(ports: FakePorts) -> PublicPages:
    return PublicPages(lambda: ports)


@pytest.fixture
def path(ports: FakePorts) -> str:
    key = ports.suppressions.keep_link_key("loc-1", b"k" * 32)
    return f"/u/loc-1/{make_token(key, 'loc-1', 'ada@example.com', 'en')}"


def heading(answer: dict[str, Any]) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer["body"])
    assert found
    return found[1]


def test_opening_the_link_asks_and_changes_nothing(
    pages: PublicPages, ports: FakePorts, path: str
) -> None:
    answer = get(pages, path)
    assert (answer["statusCode"], heading(answer)) == (200, "Unsubscribe?")
    assert (
        "a…@example.com will no longer get offers and surveys from Spree Kayaks" in answer["body"]
    )
    assert not ports.suppressions.stored


def test_the_button_unsubscribes_and_another_one_undoes_it(
    pages: PublicPages, ports: FakePorts, path: str
) -> None:
    done = post(pages, path, {"action": "unsubscribe"})
    assert heading(done) == heading(get(pages, path)) == "You are unsubscribed"
    assert 'value="resubscribe"' in done["body"]
    back = post(pages, path, {"action": "resubscribe"})
    assert heading(back) == "You are subscribed again"
    assert not ports.suppressions.stored
    assert heading(get(pages, path)) == "Unsubscribe?"


MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=x"),
    ],
)
def test_a_mail_program_unsubscribes_by_one_post(
    pages: PublicPages, ports: FakePorts, path: str, body: bytes, content_type: str
) -> None:
    """RFC 8058, section 3.1 names both encodings."""
    answer = pages(event("POST", path, body, {"content-type": content_type}), None)
    assert answer["statusCode"] == 200
    assert len(ports.suppressions.stored) == 1


def test_what_the_location_decided_shows_no_way_back(
    pages: PublicPages, ports: FakePorts, path: str
) -> None:
    SuppressionList(ports).add("loc-1", "ada@example.com", reason=SuppressionReason.MANUAL)
    assert "resubscribe" not in get(pages, path)["body"]
    assert heading(post(pages, path, {"action": "resubscribe"})) == "You are unsubscribed"
    assert len(ports.suppressions.stored) == 1


def test_a_made_up_link_is_unknown(pages: PublicPages, ports: FakePorts, path: str) -> None:
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "Q"), "/u/loc-2/x.y.z", "/u/loc-1/"):
        assert get(pages, wrong)["statusCode"] == 404
        assert post(pages, wrong)["statusCode"] == 404
    assert not ports.suppressions.stored


def test_the_page_speaks_the_language_of_the_mail(pages: PublicPages, ports: FakePorts) -> None:
    key = ports.suppressions.keep_link_key("loc-1", b"k" * 32)
    answer = get(pages, f"/u/loc-1/{make_token(key, 'loc-1', 'ada@example.com', 'de')}")
    assert heading(answer) == "Abbestellen?"
    assert answer["headers"]["Content-Language"] == "de"
