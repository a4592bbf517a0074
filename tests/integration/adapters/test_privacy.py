"""How long the records of guests live, how a guest is found, and what an erasure leaves of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.domain.bookings.erased_guests import guest_digest, pseudonym
from bookflow.domain.bookings.facts import FactClaim, FactClaims, FactKind
from bookflow.domain.bookings.records import Booking, Location
from bookflow.domain.bookings.retention import LEAST, kept_until
from bookflow.domain.events import Event, parse_event
from bookflow.domain.executions.execution import ExecutionStatus, StepStatus
from bookflow.domain.privacy.erasure import Erasure
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.pagination import PageRequest
from bookflow.ports import Ports, TaskFilter
from bookflow.use_cases.privacy.find_guests import find_guests
from tests.guests import CUSTOMER_ID, EMAIL, PHONE, found_in, guest_event, store_guest
from tests.integration.adapters.conftest import IDEMPOTENCY_TABLE, TABLE, AwsPorts
from tests.integration.adapters.samples import LOCATION, NOW, created, execution, step

DAY = timedelta(days=1)
END = datetime(2026, 12, 12, 11, 0, tzinfo=UTC)
"""When the sample's visit ends."""


def known(ports: Ports) -> None:
    located = {"event_id": "e-0", "location_id": "loc-1", "occurred_at": NOW, "location": LOCATION}
    ports.bookings.record(Event.model_validate(located))


def expiry(aws: AwsPorts, pk: str, sk: str) -> datetime:
    item = aws.dynamodb.get_item(TableName=TABLE, Key={"PK": {"S": pk}, "SK": {"S": sk}})["Item"]
    return datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)


def rescheduled(minute: int, start: str, end: str) -> Event:
    detail = {
        "event_id": f"e-move-{minute}",
        "location_id": "loc-1",
        "occurred_at": f"2026-12-01T09:{minute:02d}:00Z",
        "booking_id": "b-1",
        "customer": {"id": "c-1"},
        "old_start_time": "2026-12-12T10:00:00+01:00",
        "new_start_time": start,
        "new_end_time": end,
    }
    return parse_event({"detail-type": "Booking Rescheduled", "detail": detail})


@pytest.mark.parametrize(
    ("booking", "days", "expected"),
    [
        ({"end_time": END}, 730, END + 730 * DAY),
        ({"start_time": END}, 365, END + 365 * DAY),
        ({}, 730, NOW + 730 * DAY),
        ({"end_time": NOW - 4000 * DAY}, 730, NOW + LEAST),
    ],
)
def test_a_booking_is_kept_by_the_locations_days_after_its_end(
    booking: dict[str, Any], days: int, expected: datetime
) -> None:
    location = Location(id="loc-1", booking_retention_days=days)
    assert kept_until(Booking(id="b-1", **booking), location, NOW) == expected


def test_a_booking_and_its_customer_end_together(aws: AwsPorts) -> None:
    aws.bookings.record(created(), now=NOW)
    for key in (("L#loc-1#BOOKING#b-1", "BOOKING"), ("L#loc-1#CUSTOMER#c-1", "CUSTOMER")):
        assert expiry(aws, *key) == END + 730 * DAY


def test_a_booking_that_moves_on_takes_with_it_what_hangs_on_it(aws: AwsPorts) -> None:
    aws.bookings.record(created(), now=NOW)
    claims = FactClaims(location_id="loc-1", booking_id="b-1", workflow_id="wf-1")
    claim = FactClaim(kind=FactKind.CREATED, stamp="1", event_id="e-1")
    aws.executions.save_fact_claims(claims.plus(claim, END + 730 * DAY))
    moved = rescheduled(5, "2027-03-01T10:00:00Z", "2027-03-01T12:00:00Z")
    aws.bookings.record(moved, now=NOW)
    until = datetime(2027, 3, 1, 12, tzinfo=UTC) + 730 * DAY
    for key in (
        ("L#loc-1#BOOKING#b-1", "BOOKING"),
        ("L#loc-1#BOOKING#b-1", "FACTS#wf-1"),
        ("L#loc-1#CUSTOMER#c-1", "CUSTOMER"),
    ):
        assert expiry(aws, *key) == until
    # A move to an earlier day takes nothing away, and a repeat writes nothing.
    aws.operations.clear()
    aws.bookings.record(moved, now=NOW)
    assert "PutItem" not in aws.operations
    aws.bookings.record(rescheduled(6, "2026-12-14T10:00:00Z", "2026-12-14T12:00:00Z"), now=NOW)
    assert expiry(aws, "L#loc-1#BOOKING#b-1", "BOOKING") == until


def test_a_move_that_broke_off_is_made_up_for(
    aws: AwsPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.bookings.record(created(), now=NOW)
    claims = FactClaims(location_id="loc-1", booking_id="b-1", workflow_id="wf-1")
    claim = FactClaim(kind=FactKind.CREATED, stamp="1", event_id="e-1")
    aws.executions.save_fact_claims(claims.plus(claim, END + 730 * DAY))
    moved = rescheduled(5, "2027-03-01T10:00:00Z", "2027-03-01T12:00:00Z")
    with monkeypatch.context() as broken:
        broken.setattr(aws.table, "update", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            aws.bookings.record(moved, now=NOW)
    aws.bookings.record(moved, now=NOW)
    until = datetime(2027, 3, 1, 12, tzinfo=UTC) + 730 * DAY
    assert expiry(aws, "L#loc-1#BOOKING#b-1", "FACTS#wf-1") == until


def test_the_last_of_a_customers_bookings_keeps_the_customer(aws: AwsPorts) -> None:
    aws.bookings.record(created(), now=NOW)
    later = created("e-2", 1, booking_id="b-2", start_time="2027-05-01T10:00:00Z", end_time=None)
    aws.bookings.record(later, now=NOW)
    until = datetime(2027, 5, 1, 10, tzinfo=UTC) + 730 * DAY
    assert expiry(aws, "L#loc-1#CUSTOMER#c-1", "CUSTOMER") == until
    assert expiry(aws, "L#loc-1#BOOKING#b-1", "BOOKING") == END + 730 * DAY


def test_a_customer_is_found_by_an_address_however_it_is_written(ports: Ports) -> None:
    known(ports)
    ports.bookings.record(parse_event(guest_event(1, "loc-1")))
    for text in (EMAIL, EMAIL.upper(), f" {EMAIL} ", PHONE, "0155 / 5551 2345", "155-55512345"):
        assert [one.id for one in ports.bookings.customers_at("loc-1", text)] == [CUSTOMER_ID], text
    for text in ("other@guest.example", "+491515999999", ""):
        assert ports.bookings.customers_at("loc-1", text) == [], text
    assert ports.bookings.customers_at("loc-2", EMAIL) == []


@pytest.mark.parametrize(
    ("written", "found_by"),
    [
        ("Ada <ada@guest.example>", ["ADA@guest.example", "mailto:ada@guest.example"]),
        ("ada＠guest.example.", ["ada@guest.example"]),  # noqa: RUF001 - full width
        ("ada@guest.example; Bo <BO@guest.example>", ["ada@guest.example", "bo@guest.example"]),
        ("ada, l@guest.example", ["ada, l@guest.example"]),
    ],
)
def test_a_customer_is_found_by_each_address_of_a_field(
    ports: Ports, written: str, found_by: Sequence[str]
) -> None:
    known(ports)
    ports.bookings.record(created(customer={"id": "c-1", "email": written}))
    for text in found_by:
        assert [one.id for one in ports.bookings.customers_at("loc-1", text)] == ["c-1"], text
        assert [one.id for one in find_guests(ports, "loc-1", text)] == ["c-1"], text
        assert find_guests(ports, "loc-2", text) == []
    assert find_guests(ports, "loc-1", "l@guest.example") == []
    with pytest.raises(InvalidInputError):
        find_guests(ports, "loc-1", "ada@guest.example, bo@guest.example")


def test_a_guests_bookings_are_found_page_by_page_before_and_after(ports: Ports) -> None:
    known(ports)
    for number in range(3):
        ports.bookings.record(parse_event(guest_event(number, "loc-1")))
    ports.bookings.record(created())
    page = ports.bookings.bookings_of("loc-1", CUSTOMER_ID, PageRequest(2))
    assert [one.id for one in page.items] == ["bk-guest-0", "bk-guest-1"]
    rest = ports.bookings.bookings_of("loc-1", CUSTOMER_ID, PageRequest(2, page.position))
    assert [one.id for one in rest.items] == ["bk-guest-2"]
    guest = pseudonym("loc-1", CUSTOMER_ID)
    assert ports.bookings.erase_booking("loc-1", "bk-guest-0", guest)
    assert not ports.bookings.erase_booking("loc-1", "bk-guest-0", guest)
    assert not ports.bookings.erase_booking("loc-1", "bk-unknown", guest)
    for customer_id in (CUSTOMER_ID, guest):
        found = ports.bookings.bookings_of("loc-1", customer_id).items
        assert [one.id for one in found] == ["bk-guest-0", "bk-guest-1", "bk-guest-2"]
    assert ports.bookings.find("loc-1", "ZQ-CODE-0") == []


def test_a_customer_is_deleted_once(ports: Ports) -> None:
    known(ports)
    ports.bookings.record(created())
    assert ports.bookings.erase_customer("loc-1", "c-1")
    assert not ports.bookings.erase_customer("loc-1", "c-1")
    assert ports.bookings.customer("loc-1", "c-1") is None
    assert ports.bookings.customers_at("loc-1", "ada@example.com") == []


@pytest.mark.parametrize(("left", "is_refused"), [(1, True), (-1, False)])
def test_the_mark_of_an_erasure_refuses_the_person_until_it_ends(
    ports: Ports, left: int, is_refused: bool
) -> None:
    known(ports)
    erasure = Erasure(
        location_id="loc-1",
        guest=guest_digest("loc-1", CUSTOMER_ID),
        started_at=NOW,
        updated_at=NOW,
        expires_at=NOW + timedelta(seconds=left),
    )
    assert ports.erasures.save(erasure)
    recorded = ports.bookings.record(parse_event(guest_event(1, "loc-1")), now=NOW)
    assert recorded is not None
    assert (recorded.guest is not None) is is_refused
    assert (recorded.context.customer is None) is is_refused
    assert recorded.context.booking is not None
    assert bool(found_in(str(recorded.context))) is not is_refused


def test_an_erasure_is_saved_over_the_one_before_it_only(ports: Ports) -> None:
    erasure = Erasure(
        location_id="loc-1", guest="g", started_at=NOW, updated_at=NOW, expires_at=NOW
    )
    assert ports.erasures.get("loc-1", "g") is None
    assert ports.erasures.save(erasure)
    assert ports.erasures.save(erasure)
    assert not ports.erasures.save(erasure.changed(passes=7))
    later = erasure.advanced(None, {"notes": 2}, final=0, now=NOW)
    assert ports.erasures.save(later)
    assert ports.erasures.get("loc-1", "g") == later
    assert ports.erasures.get("loc-2", "g") is None


def test_effects_of_an_owner_are_forgotten_together(ports: Ports) -> None:
    for key in ("ex-1#n#a", "ex-1#n#b", "ex-10#n#a"):
        ports.effects.once(key, lambda: {"done": True})
    assert ports.effects.forget("ex-1") == 2
    assert ports.effects.forget("ex-1") == 0
    assert ports.effects.once("ex-1#n#a", lambda: {"again": True}) == {"again": True}
    assert ports.effects.once("ex-10#n#a", lambda: {"again": True}) == {"done": True}


def test_an_effect_lives_a_week_longer_than_its_execution(aws: AwsPorts) -> None:
    until = datetime.now(UTC) + 90 * DAY
    aws.effects.once("ex-1#n#a", lambda: {"done": True}, until=until)
    aws.effects.once("ex-2#n#a", lambda: {"done": True}, until=until - 1000 * DAY)
    aws.effects.once("call_1#put", lambda: {"done": True})
    items = aws.dynamodb.scan(TableName=IDEMPOTENCY_TABLE)["Items"]
    lives = {
        item["id"]["S"]: round(
            (int(item["expiration"]["N"]) - datetime.now(UTC).timestamp()) / 86400
        )
        for item in items
    }
    assert lives == {"ex-1": 97, "ex-2": 7, "call_1": 400}


def test_an_ended_execution_is_stored_anew_unless_it_changed_meanwhile(ports: Ports) -> None:
    ended = execution(status=ExecutionStatus.FAILED, error_message="Zephyrine")
    ports.executions.claim(ended)
    done = step(status=StepStatus.FAILED, output_data={"a": "Zephyrine"})
    ports.executions.finish_step(done)
    ports.executions.overwrite(ended.changed(error_message="x"), [done.changed(output_data={})])
    assert ports.executions.get("loc-1", "ex-1").error_message == "x"
    assert ports.executions.steps("loc-1", "ex-1")[0].output_data == {}
    other = ended.changed(status=ExecutionStatus.COMPLETED, error_message="y")
    ports.executions.overwrite(other, [done.changed(attempts=2, output_data={"b": 1})])
    assert ports.executions.get("loc-1", "ex-1").error_message == "x"
    assert ports.executions.steps("loc-1", "ex-1")[0].output_data == {}
    ports.executions.overwrite(ended.changed(id="ex-unknown"), [step(node_id="unknown")])
    assert len(ports.executions.steps("loc-1", "ex-1")) == 1


def test_what_hangs_on_a_booking_is_found_overwritten_and_deleted(ports: Ports) -> None:
    known(ports)
    store_guest(ports, "loc-1", bookings=1)
    (note,) = ports.notes.list("loc-1", "bk-guest-0").items
    for _ in range(2):
        ports.notes.delete(note)
    assert ports.notes.list("loc-1", "bk-guest-0").items == []
    (task,) = ports.tasks.list("loc-1", TaskFilter(booking_id="bk-guest-0")).items
    for _ in range(2):
        ports.tasks.delete(task)
    assert ports.tasks.list("loc-1", TaskFilter(booking_id="bk-guest-0")).items == []
    (asked,) = ports.surveys.of_booking("loc-1", "bk-guest-0")
    assert asked.invitation is not None
    assert asked.response is not None
    for _ in range(2):
        ports.surveys.withdraw(asked.invitation)
    ports.surveys.overwrite(asked.response.changed(answers=()))
    (left,) = ports.surveys.of_booking("loc-1", "bk-guest-0")
    assert (left.invitation, left.response) == (None, asked.response.changed(answers=()))
    assert ports.surveys.comments("loc-1", "after").items == []
    assert ports.surveys.tally("loc-1", "after").responses == 1
    unknown = asked.response.changed(token_hash="f" * 64)
    ports.surveys.overwrite(unknown)
    assert len(ports.surveys.of_booking("loc-1", "bk-guest-0")) == 1
    (entry,) = ports.audit.page("loc-1", kind="tasks", resource_id="task-0-open").items
    ports.audit.overwrite(entry.changed(after=None))
    ports.audit.overwrite(entry.changed(id="unknown"))
    (blank,) = ports.audit.page("loc-1", kind="tasks", resource_id="task-0-open").items
    assert blank == entry.changed(after=None)
    (suppression,) = ports.suppressions.list("loc-1").items
    ports.suppressions.overwrite(suppression.changed(masked="x"))
    ports.suppressions.overwrite(suppression.changed(address_hash="f" * 64))
    assert ports.suppressions.list("loc-1").items == [suppression.changed(masked="x")]
