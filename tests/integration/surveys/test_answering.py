"""Answering through the real handler on DynamoDB and EventBridge, with a crash after any call."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from bookflow.adapters.dynamodb.base.table import Table
from bookflow.adapters.dynamodb.surveys import TRIES, DynamoDBSurveys
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.shared.pagination import PageRequest
from bookflow.domain.surveys.answers import read_answers
from bookflow.domain.surveys.records import SurveyResponse
from bookflow.domain.surveys.tokens import digest
from bookflow.use_cases.surveys.survey_results import SurveyResults
from tests.fakes import Crash
from tests.integration.adapters.conftest import TABLE
from tests.integration.adapters.samples import created
from tests.integration.surveys.conftest import Site
from tests.unit.pages.requests import event
from tests.unit.surveys.samples import GOOD, SURVEY, TOKEN, invitation

PATH = f"/s/loc-1/{TOKEN}"
FORM = {f"q.{name}": values for name, values in GOOD.items()}
CALLS = [
    "BatchGetItem",  # the link
    "BatchGetItem",  # the booking
    "BatchGetItem",  # what surrounds it
    "GetItem",  # the survey
    "GetItem",  # its tally
    "TransactWriteItems",  # the response and the tally
    "PutEvents",
    "PutItem",  # that it is on the bus
]


@pytest.fixture(autouse=True)
def _invited(site: Site) -> None:
    site.aws.bookings.record(created())
    site.aws.surveys.save(SURVEY)
    later = datetime.now(UTC) + timedelta(days=30)
    site.aws.surveys.invite(invitation(expires_at=later))


def submit(site: Site, **changes: Any) -> str:
    body = urlencode({**FORM, **changes}, doseq=True).encode()
    answer = site.handler(event("POST", PATH, body), None)
    found = re.search(r"<h1>(.*?)</h1>", answer["body"])
    assert found
    return found[1]


def test_an_answer_is_stored_counted_and_on_the_bus(site: Site) -> None:
    assert site.handler(event("GET", PATH), None)["statusCode"] == 200
    site.operations.clear()
    assert submit(site) == "Thank you!"
    assert site.operations == CALLS
    stored = site.aws.surveys.invited("loc-1", digest(TOKEN)).response
    assert stored is not None
    assert stored.announced
    assert stored.answers == read_answers(SURVEY, GOOD)
    (heard,) = site.events()
    assert (heard["source"], heard["detail-type"]) == ("bookflow", "Survey Submitted")
    assert heard["detail"]["overall_rating"] == 5
    assert submit(site, **{"q.overall": "1"}) == "Already answered"
    assert not site.events()


@pytest.mark.parametrize("call", range(1, len(CALLS) + 1))
def test_after_a_crash_after_any_call_a_repeat_completes_what_is_missing(
    site: Site, call: int
) -> None:
    site.crash_after(call)
    with pytest.raises(Crash):
        submit(site)
    site.restart()
    assert submit(site) == "Thank you!"
    tally = site.aws.surveys.tally("loc-1", SURVEY.id)
    assert (tally.responses, tally.questions[0].counts) == (1, {"5": 1})
    heard = site.events()
    assert heard
    assert len({repr(one["detail"]) for one in heard}) == 1
    assert len(heard) == (2 if CALLS[call - 1] == "PutEvents" else 1)
    assert not [one for one in site.operations if one == "Scan"]


def response(number: int, stars: int = 5) -> SurveyResponse:
    return SurveyResponse(
        location_id="loc-1",
        token_hash=f"{number:064x}",
        survey_id=SURVEY.id,
        booking_id="b-1",
        submitted_at=datetime(2026, 12, 1, 9, number, tzinfo=UTC),
        overall_rating=stars,
        answers=read_answers(
            SURVEY, {**GOOD, "overall": [str(stars)], "comment": [f"Comment {number}"]}
        ),
    )


def overtaken(site: Site, *others: SurveyResponse) -> DynamoDBSurveys:
    """Return a store before whose writes others are written, one before each."""
    waiting = list(others)
    client = site.aws.client("dynamodb")

    def write_another(**_: Any) -> None:
        if waiting:
            site.aws.surveys.respond(waiting.pop(0))

    client.meta.events.register("before-call.dynamodb.TransactWriteItems", write_another)
    return DynamoDBSurveys(Table(client, TABLE), sleep=lambda _: None)


def test_responses_at_the_same_moment_are_each_counted_once(site: Site) -> None:
    surveys = overtaken(site, response(1, 1), response(2, 2), response(3, 2))
    assert surveys.respond(response(4, 3)) == response(4, 3)
    tally = surveys.tally("loc-1", SURVEY.id)
    assert tally.responses == 4
    assert tally.questions[0].counts == {"1": 1, "2": 2, "3": 1}


def test_of_two_answers_by_one_link_at_the_same_moment_the_first_stands(site: Site) -> None:
    surveys = overtaken(site, response(1, 1))
    assert surveys.respond(response(1, 5)) == response(1, 1)
    assert surveys.tally("loc-1", SURVEY.id).questions[0].counts == {"1": 1}


def test_a_survey_that_everybody_answers_at_once_asks_to_come_again(site: Site) -> None:
    surveys = overtaken(site, *(response(number) for number in range(1, TRIES + 1)))
    with pytest.raises(TransientError, match="Send the answers again"):
        surveys.respond(response(50))
    assert surveys.tally("loc-1", SURVEY.id).responses == TRIES
    assert surveys.respond(response(50)) == response(50)


def test_comments_are_read_by_page_without_a_scan(site: Site) -> None:
    for number in range(5):
        site.aws.surveys.respond(response(number))
    site.aws.operations.clear()
    results = SurveyResults(site.aws)  # type: ignore[arg-type]  # of the ports it has the stores
    first = results.comments("loc-1", SURVEY.id, PageRequest(3))
    rest = results.comments("loc-1", SURVEY.id, PageRequest(3, first.position))
    assert [one.text[-1] for one in (*first.items, *rest.items)] == ["4", "3", "2", "1", "0"]
    assert results.summary("loc-1", SURVEY.id).responses == 5
    assert set(site.aws.operations) == {"Query", "BatchGetItem", "GetItem"}
