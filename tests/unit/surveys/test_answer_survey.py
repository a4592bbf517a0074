"""Answering by a link: one response for each link, one event for each response."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bookflow.domain.events import parse_event
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.surveys.answers import InvalidAnswersError
from bookflow.domain.surveys.tokens import digest
from bookflow.use_cases.surveys.answer_survey import LinkState, SurveyAnswering
from tests.fakes import Crash, FakePorts
from tests.unit.actions.samples import NOW
from tests.unit.surveys.samples import GOOD, SURVEY, TOKEN, survey_ports


def submit(ports: FakePorts, given: dict[str, list[str]] | None = None) -> LinkState:
    return SurveyAnswering(ports).submit("loc-1", TOKEN, given or GOOD).state


def look(ports: FakePorts, location_id: str = "loc-1", token: str = TOKEN) -> LinkState:
    return SurveyAnswering(ports).look(location_id, token).state


def test_an_answer_is_stored_counted_and_announced() -> None:
    ports = survey_ports()
    assert look(ports) is LinkState.OPEN
    assert submit(ports) is LinkState.THANKS
    response = ports.surveys.responses["loc-1", digest(TOKEN)]
    assert (response.booking_id, response.overall_rating) == ("b-1", 5)
    assert response.announced
    assert ports.surveys.tallies["loc-1", "after-visit"].responses == 1
    (event,) = ports.events.published
    assert event.detail["event_id"] == f"survey_{digest(TOKEN)[:40]}"
    assert event.detail["occurred_at"] == NOW.isoformat()
    assert event.detail["answers"][0] == {
        "question_id": "overall",
        "question": "How was it in all?",
        "type": "stars",
        "answer": 5,
    }
    assert look(ports) is LinkState.ANSWERED


def test_the_event_is_one_that_the_dispatcher_reads() -> None:
    ports = survey_ports()
    submit(ports)
    (event,) = ports.events.published
    parsed = parse_event({"detail-type": event.detail_type, "detail": event.detail})
    assert parsed.booking_id == "b-1"
    assert parsed.model_dump()["overall_rating"] == 5
    assert TOKEN not in repr(event.detail)


def test_the_same_answers_again_are_thanked_for_and_others_are_refused() -> None:
    ports = survey_ports()
    submit(ports)
    assert submit(ports) is LinkState.THANKS
    assert submit(ports, {**GOOD, "overall": ["1"]}) is LinkState.ANSWERED
    assert submit(ports, {"overall": ["nonsense"]}) is LinkState.ANSWERED
    assert ports.surveys.responses["loc-1", digest(TOKEN)].overall_rating == 5
    assert ports.surveys.tallies["loc-1", "after-visit"].responses == 1
    assert len(ports.events.published) == 1


def test_wrong_answers_store_nothing() -> None:
    ports = survey_ports()
    with pytest.raises(InvalidAnswersError):
        submit(ports, {"overall": ["9"]})
    assert not ports.surveys.responses
    assert look(ports) is LinkState.OPEN


@pytest.mark.parametrize("call", range(1, 7))
def test_after_a_crash_at_any_call_the_same_answers_end_in_one_response_and_one_event(
    call: int,
) -> None:
    """The calls: the link, the booking, the survey, the response, the event, the mark."""
    ports = survey_ports()
    ports.crash_after(call)
    with pytest.raises(Crash):
        submit(ports)
    assert submit(ports) is LinkState.THANKS
    assert len(ports.surveys.responses) == 1
    assert ports.surveys.tallies["loc-1", "after-visit"].responses == 1
    assert len({event.detail["event_id"] for event in ports.events.published}) == 1
    assert len({repr(event.detail) for event in ports.events.published}) == 1


def test_looking_at_the_page_again_completes_what_a_crash_left() -> None:
    ports = survey_ports()
    ports.crash_after(4)  # stored, and not on the bus
    with pytest.raises(Crash):
        submit(ports)
    assert not ports.events.published
    assert look(ports) is LinkState.ANSWERED
    assert len(ports.events.published) == 1


def test_a_bus_that_is_busy_keeps_no_customer_waiting_and_a_repeat_announces() -> None:
    ports = survey_ports()
    ports.fail_next("events.publish", TransientError("busy"))
    assert submit(ports) is LinkState.THANKS
    assert not ports.events.published
    assert ports.counter.counts["SurveysAnnouncedLater", None] == 1
    assert submit(ports) is LinkState.THANKS
    assert len(ports.events.published) == 1


def test_a_link_has_an_end() -> None:
    ports = survey_ports()
    ports.clock.moment = NOW + timedelta(days=30) - timedelta(seconds=1)
    assert look(ports) is LinkState.OPEN
    ports.clock.moment = NOW + timedelta(days=30)
    assert look(ports) is LinkState.EXPIRED
    assert submit(ports) is LinkState.EXPIRED
    assert not ports.surveys.responses


def test_an_answered_link_says_so_after_its_end_and_when_its_invitation_is_forgotten() -> None:
    ports = survey_ports()
    submit(ports)
    ports.clock.advance(days=400)
    ports.surveys.invitations.clear()
    assert look(ports) is LinkState.ANSWERED


def test_a_survey_that_is_inactive_or_gone_is_closed() -> None:
    ports = survey_ports()
    ports.surveys.stored["loc-1", SURVEY.id] = SURVEY.changed(active=False)
    assert look(ports) is LinkState.CLOSED
    ports.surveys.stored.clear()
    assert submit(ports) is LinkState.CLOSED


def test_a_link_of_a_deleted_survey_is_closed_and_an_answered_one_stays_answered() -> None:
    for answered, state in ((False, LinkState.CLOSED), (True, LinkState.ANSWERED)):
        ports = survey_ports()
        if answered:
            submit(ports)
        deleted = SURVEY.changed(active=False, deleted_at=ports.clock.now())
        ports.surveys.stored["loc-1", SURVEY.id] = deleted
        assert look(ports) is state


@pytest.mark.parametrize(
    ("location_id", "token"),
    [
        ("loc-1", "u" * 32),
        ("loc-2", TOKEN),
        ("loc-1", TOKEN + "t"),
        ("loc-1", "../" + "t" * 29),
        ("loc#1", TOKEN),
        ("", TOKEN),
        ("l" * 129, TOKEN),
    ],
)
def test_a_link_that_was_not_mailed_is_unknown(location_id: str, token: str) -> None:
    ports = survey_ports()
    assert look(ports, location_id, token) is LinkState.UNKNOWN
    assert SurveyAnswering(ports).submit(location_id, token, GOOD).state is LinkState.UNKNOWN
    assert not ports.surveys.responses
