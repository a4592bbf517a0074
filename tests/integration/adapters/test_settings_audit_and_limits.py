"""The contracts of settings, visits, surveys, the audit log and rate limits, fakes and DynamoDB."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bookflow.domain.audit import AuditEntry
from bookflow.domain.bookings.location_settings import LocationSettings, StoredSettings
from bookflow.domain.events import Event
from bookflow.domain.messages.marketing_limits import MarketingShare
from bookflow.domain.shared.errors import ConflictError
from bookflow.domain.shared.pagination import PageRequest
from bookflow.domain.shared.rate_limits import RateLimit
from bookflow.domain.surveys.survey import StarQuestion, Survey
from tests.integration.adapters.conftest import AwsPorts
from tests.integration.adapters.samples import NOW


def _event(number: int = 1, code: str | None = None, **fields: Any) -> Event:
    booking = {"start_time": NOW + timedelta(days=number), "confirmation_code": code}
    return Event.model_validate(
        {
            "event_id": f"e-{number}",
            "location_id": "loc-1",
            "occurred_at": NOW,
            "booking_id": f"b-{number}",
            "booking": booking,
            "customer": {"id": f"c-{number % 2}", "first_name": f"Ada {number % 2}"},
            **fields,
        }
    )


def _entry(number: int, **changes: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "location_id": "loc-1",
        "id": f"a-{number}",
        "at": NOW + timedelta(minutes=number),
        "actor": "user-1",
        "actor_kind": "person",
        "operation": "save_workflow",
        "kind": "workflows",
        "resource_id": f"wf-{number % 2}",
        "before": {"name": "x" * 20_000},
        "after": {"name": "y"},
        "expires_at": NOW + timedelta(days=90),
    }
    return AuditEntry(**{**values, **changes})


def _survey(survey_id: str = "s-1", **changes: Any) -> Survey:
    question = StarQuestion(id="q", text="How was it?")
    values = {"location_id": "loc-1", "name": "After", "questions": (question,)}
    return Survey(**{**values, "id": survey_id, **changes})


def test_settings_go_before_what_is_stated_wherever_a_location_is_returned(ports: Any) -> None:
    place = {"id": "loc-1", "name": "Stated", "timezone": "Europe/Berlin"}
    ports.bookings.record(_event(location=place))
    settings = LocationSettings(name="Set", quiet_hours=None)
    kept = StoredSettings(settings, 1, NOW)
    ports.bookings.save_settings("loc-1", kept)
    for context in (
        ports.bookings.context("loc-1", "b-1"),
        ports.bookings.record(_event(2, location={**place, "name": "Stated anew"})).context,
    ):
        assert (context.location.name, context.location.timezone) == ("Set", "Europe/Berlin")
    record = ports.bookings.location("loc-1")
    assert record.kept == kept
    assert record.stated.name == "Stated anew"
    assert record.effective.name == "Set"


def test_settings_make_a_location_known(ports: Any) -> None:
    assert ports.bookings.context("loc-1", None) is None
    assert ports.bookings.location("loc-1").effective is None
    ports.bookings.save_settings("loc-1", StoredSettings(LocationSettings(name="Set"), 1, NOW))
    recorded = ports.bookings.record(_event())
    assert recorded.context.location.name == "Set"
    assert ports.bookings.context("loc-2", None) is None


def test_settings_are_saved_on_the_revision_before_only(ports: Any) -> None:
    first = StoredSettings(LocationSettings(name="One"), 1, NOW)
    ports.bookings.save_settings("loc-1", first)
    ports.bookings.save_settings("loc-1", first)
    for revision in (1, 3):
        other = StoredSettings(LocationSettings(name="Two"), revision, NOW)
        with pytest.raises(ConflictError):
            ports.bookings.save_settings("loc-1", other)
    assert ports.bookings.location("loc-1").kept == first


def test_visits_come_by_start_with_their_customers(ports: Any) -> None:
    ports.bookings.record(_event(1, location={"id": "loc-1"}))
    for number in (3, 2, 5, 4):
        ports.bookings.record(_event(number))
    seen, position = [], None
    while True:
        request = PageRequest(2, position)
        page = ports.bookings.page("loc-1", since=NOW + timedelta(days=2), request=request)
        seen += [(each.booking.id, each.customer.first_name) for each in page.items]
        position = page.position
        if position is None:
            break
    assert seen == [("b-2", "Ada 0"), ("b-3", "Ada 1"), ("b-4", "Ada 0"), ("b-5", "Ada 1")]
    assert ports.bookings.page("loc-2", since=NOW).items == []


def test_a_page_of_visits_takes_three_calls(aws: AwsPorts) -> None:
    aws.bookings.record(_event(1, location={"id": "loc-1"}))
    for number in range(2, 12):
        aws.bookings.record(_event(number))
    aws.operations.clear()
    assert len(aws.bookings.page("loc-1", since=NOW, request=PageRequest(10)).items) == 10
    assert aws.operations == ["Query", "BatchGetItem", "BatchGetItem"]


@pytest.mark.parametrize("text", ["KAY-1", "käy-1", "b-2"])
def test_a_visit_is_found_by_exactly_its_code_or_its_id(ports: Any, text: str) -> None:
    ports.bookings.record(_event(1, location={"id": "loc-1"}))
    ports.bookings.record(_event(2, "Kay-1"))
    ports.bookings.record(_event(3, "KAY-12"))
    (found,) = ports.bookings.find("loc-1", text)
    assert (found.booking.id, found.customer.first_name) == ("b-2", "Ada 0")
    assert ports.bookings.find("loc-2", text) == []
    assert ports.bookings.find("loc-1", "KAY") == []
    assert ports.bookings.find("loc-1", "no id # at all") == []


def test_all_visits_of_one_code_are_found(ports: Any) -> None:
    ports.bookings.record(_event(1, "A", location={"id": "loc-1"}))
    ports.bookings.record(_event(2, "a"))
    assert [each.booking.id for each in ports.bookings.find("loc-1", "A")] == ["b-1", "b-2"]


def test_a_visit_is_no_longer_found_by_a_code_that_it_had(ports: Any) -> None:
    ports.bookings.record(_event(1, "A", location={"id": "loc-1"}))
    later = NOW + timedelta(hours=1)
    ports.bookings.record(_event(1, "B", occurred_at=later))
    assert ports.bookings.find("loc-1", "A") == []
    assert len(ports.bookings.find("loc-1", "B")) == 1


def test_finding_a_visit_takes_three_calls(aws: AwsPorts) -> None:
    aws.bookings.record(_event(1, "A", location={"id": "loc-1"}))
    aws.operations.clear()
    assert len(aws.bookings.find("loc-1", "A")) == 1
    assert aws.operations == ["Query", "BatchGetItem", "BatchGetItem"]


def test_reading_a_context_takes_no_call_more_for_the_settings(aws: AwsPorts) -> None:
    aws.bookings.record(_event(1, location={"id": "loc-1"}))
    aws.operations.clear()
    aws.bookings.context("loc-1", "b-1")
    assert aws.operations == ["BatchGetItem", "BatchGetItem"]


def test_surveys_are_saved_on_the_revision_before_only_and_listed(ports: Any) -> None:
    ports.surveys.save(_survey())
    ports.surveys.save(_survey())
    second = _survey().saved(1, updated_at=NOW, name="Second")
    ports.surveys.save(second)
    with pytest.raises(ConflictError):
        ports.surveys.save(_survey(name="Late", revision=2))
    with pytest.raises(ConflictError):
        ports.surveys.save(_survey(name="New"))
    ports.surveys.save(_survey("s-2"))
    first = ports.surveys.list("loc-1", PageRequest(1))
    assert first.items == [second]
    rest = ports.surveys.list("loc-1", PageRequest(5, first.position))
    assert [each.id for each in rest.items] == ["s-2"]
    assert ports.surveys.list("loc-2").items == []


def test_the_audit_log_is_kept_whole_newest_first_and_by_thing(ports: Any) -> None:
    for number in range(5):
        ports.audit.append(_entry(number))
    ports.audit.append(_entry(1, actor="somebody else"))
    ports.audit.append(_entry(9, resource_id=None))
    page = ports.audit.page("loc-1", request=PageRequest(4))
    rest = ports.audit.page("loc-1", request=PageRequest(4, page.position))
    assert [each.id for each in (*page.items, *rest.items)] == [
        "a-9",
        "a-4",
        "a-3",
        "a-2",
        "a-1",
        "a-0",
    ]
    assert rest.items[0] == _entry(1)
    of_one = ports.audit.page("loc-1", kind="workflows", resource_id="wf-0")
    assert [each.id for each in of_one.items] == ["a-4", "a-2", "a-0"]
    of_kind = ports.audit.page("loc-1", kind="workflows", request=PageRequest(4))
    assert [each.id for each in of_kind.items] == ["a-9", "a-4", "a-3", "a-2"]
    assert ports.audit.page("loc-1", kind="settings").items == []
    assert ports.audit.page("loc-2").items == []


def test_a_bucket_gives_its_burst_refuses_and_refills(ports: Any) -> None:
    limit = RateLimit("test", burst=3, per_minute=60)
    none = timedelta(0)
    assert [ports.rate_limits.take("loc-1", limit, NOW) for _ in range(3)] == [none] * 3
    for _ in range(2):
        assert ports.rate_limits.take("loc-1", limit, NOW) == timedelta(seconds=1)
    assert ports.rate_limits.take("loc-2", limit, NOW) == none
    later = NOW + timedelta(seconds=1)
    assert ports.rate_limits.take("loc-1", limit, later) == none
    assert ports.rate_limits.take("loc-1", limit, later) == timedelta(seconds=1)
    rested = NOW + timedelta(hours=1)
    assert [ports.rate_limits.take("loc-1", limit, rested) for _ in range(3)] == [none] * 3


def test_a_rested_bucket_takes_one_call_and_a_busy_one_two(aws: AwsPorts) -> None:
    limit = RateLimit("test", burst=3, per_minute=60)
    aws.rate_limits.take("loc-1", limit, NOW)
    assert aws.operations == ["UpdateItem"]
    aws.operations.clear()
    aws.rate_limits.take("loc-1", limit, NOW)
    assert aws.operations == ["UpdateItem", "UpdateItem"]


TODAY = NOW.date()


def share(effect: str, *, day: date = TODAY, most: int = 2) -> MarketingShare:
    return MarketingShare("loc-1", "digest", day, effect, most)


def test_a_guests_day_has_room_for_so_many_steps_each_counted_once(ports: Any) -> None:
    counts = ports.marketing_counts
    assert [counts.take(share(each)) for each in ("a", "a", "b", "c", "b")] == [
        True,
        True,
        True,
        False,
        True,
    ]
    assert counts.take(share("c", day=TODAY + timedelta(days=1)))
    assert counts.take(share("c", most=3))
    counts.give_back(share("a"))
    counts.give_back(share("a"))
    assert counts.take(share("d", most=3))
    counts.forget("loc-1", "digest")
    counts.forget("loc-1", "digest")
    assert counts.take(share("e", most=1))


def test_a_step_of_marketing_costs_one_call_and_its_count_expires(aws: AwsPorts) -> None:
    aws.marketing_counts.take(share("a"))
    assert aws.operations == ["UpdateItem"]
    (item,) = aws.table.query("L#loc-1#GUEST#digest#MARKETING")
    assert item["expires_at"] == int(
        datetime.combine(TODAY + timedelta(days=3), time(), UTC).timestamp()
    )
