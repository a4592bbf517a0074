"""The survey page: its states, its languages, and what a screen reader finds in it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.bookings.records import StoredValue
from bookflow.domain.surveys.tokens import digest
from bookflow.pages.app import PublicPages
from tests.fakes import FakePorts
from tests.unit.actions.samples import ACTIVITY, CUSTOMER, LOCATION, NOW
from tests.unit.pages.requests import Elements, get, post
from tests.unit.surveys.samples import SURVEY, TOKEN, survey_ports

PATH = f"/s/loc-1/{TOKEN}"
GOOD = {"q.overall": "5", "q.again": "Yes", "q.comment": "More sunsets, please."}


@pytest.fixture
def ports() -> FakePorts:
    return survey_ports()


@pytest.fixture
def pages(ports: FakePorts) -> PublicPages:
    return PublicPages(lambda: ports)


def heading(answer: dict[str, Any]) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer["body"])
    assert found
    return found[1]


def test_the_form_stands_in_the_location_s_name(pages: PublicPages) -> None:
    answer = get(pages, PATH)
    assert answer["statusCode"] == 200
    assert heading(answer) == "Sunset kayak tour: how was it?"
    assert "<header" in answer["body"]
    assert "Spree Kayaks" in answer["body"]
    assert "Two minutes, and we read every word." in answer["body"]


def test_every_control_has_a_label_or_a_legend_and_ids_are_unique(pages: PublicPages) -> None:
    body = get(pages, PATH)["body"]
    page = Elements(body)
    assert len(page.ids) == len(set(page.ids))
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("fieldset")) == len(page.all("legend")) == 4
    labelled = {label["for"] for label in page.all("label") if "for" in label}
    assert {area["id"] for area in page.all("textarea")} == labelled
    radios = re.findall(r"<label[^>]*><input[^>]*>", body)
    assert len(radios) == len(page.all("input"))
    described = [
        one.split() for _, attributes in page.found if (one := attributes.get("aria-describedby"))
    ]
    assert described
    assert {name for names in described for name in names} <= set(page.ids)
    assert not page.all("script")
    assert "style=" not in body


def test_an_optional_question_can_be_left_open_again(pages: PublicPages) -> None:
    radios = [
        one for one in Elements(get(pages, PATH)["body"]).all("input") if one["type"] == "radio"
    ]
    empty = {one["name"] for one in radios if one["value"] == ""}
    assert empty == {"q.guide"}
    assert all("checked" in one for one in radios if one["value"] == "")


def test_good_answers_are_thanked_for_and_stored(pages: PublicPages, ports: FakePorts) -> None:
    answer = post(pages, PATH, {**GOOD, "q.liked": ["The boats", "The lunch"]})
    assert (answer["statusCode"], heading(answer)) == (200, "Thank you!")
    response = ports.surveys.responses["loc-1", digest(TOKEN)]
    assert response.answers[2].answer == ("The boats", "The lunch")
    assert len(ports.events.published) == 1


def test_problems_are_shown_at_their_questions_and_what_was_given_is_kept(
    pages: PublicPages, ports: FakePorts
) -> None:
    answer = post(pages, PATH, {"q.guide": "4", "q.again": "Never", "q.comment": "StoredValue <b>"})
    page = Elements(answer["body"])
    assert answer["statusCode"] == 422
    assert "<title>Please check: " in answer["body"]
    assert [link["href"] for link in page.all("a")] == ["#q1-1", "#q3-1"]
    assert {"q1-1", "q3-1", "q1-error", "q3-error"} <= set(page.ids)
    groups = page.all("fieldset")
    assert [one.get("aria-invalid") for one in groups] == ["true", None, "true", None]
    assert "q1-error" in str(groups[0]["aria-describedby"])
    summary = next(one for tag, one in page.found if one.get("role") == "alert")
    assert "autofocus" in summary
    checked = [one for one in page.all("input") if "checked" in one]
    assert [(one["name"], one["value"]) for one in checked] == [("q.guide", "4")]
    assert "StoredValue &lt;b&gt;</textarea>" in answer["body"]
    assert not ports.surveys.responses


def test_a_second_answer_is_refused(pages: PublicPages) -> None:
    post(pages, PATH, GOOD)
    assert heading(post(pages, PATH, GOOD)) == "Thank you!"
    other = post(pages, PATH, {**GOOD, "q.overall": "1"})
    assert (other["statusCode"], heading(other)) == (409, "Already answered")
    again = get(pages, PATH)
    assert (again["statusCode"], heading(again)) == (200, "Already answered")


def test_each_state_has_its_page(pages: PublicPages, ports: FakePorts) -> None:
    unknown = get(pages, f"/s/loc-1/{'u' * 32}")
    assert (unknown["statusCode"], heading(unknown)) == (404, "This link is not valid")
    assert "Spree Kayaks" not in unknown["body"]
    assert get(pages, "/s/loc-1")["statusCode"] == 404
    ports.surveys.stored["loc-1", SURVEY.id] = SURVEY.changed(active=False)
    closed = get(pages, PATH)
    assert (closed["statusCode"], heading(closed)) == (410, "This survey is closed")
    assert "Spree Kayaks" in closed["body"]
    ports.clock.moment = NOW + timedelta(days=31)
    expired = post(pages, PATH, GOOD)
    assert (expired["statusCode"], heading(expired)) == (410, "This link has expired")


@pytest.mark.parametrize(
    ("customer", "location", "language"),
    [
        ("de-AT", "en-GB", "de"),
        (None, "de-DE", "de"),
        ("ja-JP", "de-DE", "de"),
        ("ja-JP", "fi-FI", "en"),
        ("he-IL", "de-DE", "he"),
        ("EN_us", "de-DE", "en"),
    ],
)
def test_the_page_speaks_the_customer_s_language_or_else_the_location_s(
    customer: str | None, location: str, language: str
) -> None:
    ports = survey_ports(
        customer=CUSTOMER.model_copy(update={"locale": customer}),
        location=LOCATION.model_copy(update={"locale": location}),
    )
    answer = get(PublicPages(lambda: ports), PATH)
    assert Elements(answer["body"]).all("html")[0]["lang"] == language
    assert answer["headers"]["Content-Language"] == language
    direction = "rtl" if language == "he" else "ltr"
    assert Elements(answer["body"]).all("html")[0]["dir"] == direction
    assert f'<p class="intro" lang="{location}">' in answer["body"]


def test_an_unknown_link_speaks_the_browser_s_language(pages: PublicPages) -> None:
    path = f"/s/loc-1/{'u' * 32}"
    german = get(pages, path, accept_language="ja-JP,de;q=0.8,en;q=0.5")
    assert heading(german) == "Dieser Link ist ungültig"
    assert heading(get(pages, path, accept_language="*")) == "This link is not valid"


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_whatever_a_location_or_customer_wrote_is_shown_as_text(name: str, comment: str) -> None:
    ports = survey_ports(location=LOCATION.model_copy(update={"name": f"<i>{name}</i>"}))
    ports.bookings.kept["loc-1", type(ACTIVITY), "a-1"] = StoredValue(
        ACTIVITY.model_copy(update={"name": f"</h1><script>{name}"}), 1, {}
    )
    answer = post(PublicPages(lambda: ports), PATH, {"q.comment": f"</textarea><b>{comment}"})
    tags = {tag for tag, _ in Elements(answer["body"]).found}
    assert answer["statusCode"] == 422
    assert not tags & {"i", "b", "script"}
