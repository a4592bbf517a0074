"""Imports, their pages, and the facts that they state, in memory and in DynamoDB."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookflow.domain.bookings.facts import FactClaim, FactKind
from bookflow.domain.events import Event
from bookflow.domain.events.sender import Sender
from bookflow.domain.imports.booking_import import BookingImport, PageSummary
from bookflow.domain.imports.imported_booking import Activities, imported_booking
from bookflow.domain.imports.rows import ImportRow, read_rows
from tests.integration.adapters.conftest import AwsPorts
from tests.integration.adapters.samples import LOCATION, NOW, created

MADE = BookingImport(
    location_id="loc-1",
    id="import-1",
    as_of=NOW,
    sent_by=Sender(kind="person", id="user-1"),
    created_at=NOW,
    started_at=NOW,
    updated_at=NOW,
)


def rows(count: int, **changes: Any) -> list[ImportRow]:
    raw = [
        {
            "row": number,
            "booking_id": f"b-{number}",
            "status": "confirmed",
            "start_time": "2026-12-12 10:00",
            "total_amount": "120.10 EUR",
            "activity_name": "Sunset tour",
            "more": {"source": "web"},
            **changes,
        }
        for number in range(1, count + 1)
    ]
    return list(read_rows(raw, ZoneInfo("Europe/Berlin")).rows)


def test_an_import_follows_the_revision_before_it_only(ports: Any) -> None:
    assert ports.imports.save(MADE)
    assert ports.imports.save(MADE), "a repeat of the very write"
    page = PageSummary(ready=1, invalid=0, to_come=1)
    first = MADE.with_page(1, page, NOW)
    assert ports.imports.save(first)
    assert not ports.imports.save(MADE.with_page(2, page, NOW))
    assert ports.imports.get("loc-1", "import-1") == first
    assert ports.imports.get("loc-2", "import-1") is None
    later = MADE.changed(id="import-2", created_at=NOW + timedelta(seconds=1))
    ports.imports.save(later)
    assert ports.imports.latest("loc-1") == [later, first]
    assert ports.imports.latest("loc-2") == []


def test_a_page_is_kept_whole_replaced_and_deleted(ports: Any) -> None:
    until = NOW + timedelta(days=3)
    ports.imports.put_page(MADE, 1, rows(500), until=until)
    ports.imports.put_page(MADE, 2, rows(1), until=until)
    assert ports.imports.page(MADE, 1) == (tuple(rows(500)) if _is_memory(ports) else rows(500))
    ports.imports.put_page(MADE, 1, rows(2), until=until)
    assert len(ports.imports.page(MADE, 1)) == 2
    for _ in range(2):
        ports.imports.delete_page(MADE, 1)
        assert ports.imports.page(MADE, 1) is None
    assert ports.imports.page(MADE, 2) is not None


def test_the_largest_page_fits_into_its_item(aws: AwsPorts) -> None:
    # 256 KB that hardly shrink.
    text = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(10_000))
    large = rows(8, notes=text)
    aws.imports.put_page(MADE, 1, large, until=NOW)
    assert aws.imports.page(MADE, 1) == large


def test_what_an_import_stated_is_known_when_it_is_read_again(ports: Any) -> None:
    known = {"event_id": "e-0", "location_id": "loc-1", "occurred_at": NOW, "location": LOCATION}
    ports.bookings.record(Event.model_validate(known))
    ports.bookings.record(created("e-early", start_time="2026-12-12T08:00:00Z"), now=NOW)
    (row,) = rows(1)
    event = imported_booking(row, "b-1", MADE, None, Activities({}), is_announced=False)
    recorded = ports.bookings.record(event, received_at=NOW, now=NOW)
    history = ports.bookings.statements("loc-1", "b-1")
    assert recorded is not None
    assert history == recorded.statements
    assert {fact.kind for fact in history.imported} == set(FactKind)
    claim = FactClaim(kind=FactKind.CREATED, stamp="9", event_id="e-late", value="confirmed")
    assert history.was_imported(claim)
    assert not history.was_imported(claim.changed(event_id="e-early"))
    assert not history.was_imported(claim.changed(event_id=event.event_id))
    again = ports.bookings.record(event, received_at=NOW, now=NOW)
    assert again is not None
    assert again.statements == history
    assert [each.name for each in ports.bookings.activities("loc-1")] == ["Sunset tour"] * 2


def test_a_repeated_row_writes_nothing(aws: AwsPorts) -> None:
    known = {"event_id": "e-0", "location_id": "loc-1", "occurred_at": NOW, "location": LOCATION}
    aws.bookings.record(Event.model_validate(known))
    (row,) = rows(1)
    event = imported_booking(row, "b-1", MADE, None, Activities({}), is_announced=False)
    aws.bookings.record(event, received_at=NOW, now=NOW)
    aws.operations.clear()
    aws.bookings.record(event, received_at=NOW, now=NOW)
    assert aws.operations == ["BatchGetItem"]


def _is_memory(ports: Any) -> bool:
    return not isinstance(ports, AwsPorts)
