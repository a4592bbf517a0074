"""Booking records, the erasures of guests that they follow, and imports, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from bookflow.adapters.dynamodb.base.keys import utc_text
from bookflow.adapters.memory.records import page_of, save_revision
from bookflow.adapters.memory.workflows import InMemoryWorkflows
from bookflow.domain.bookings.erased_guests import (
    guest_digest,
    is_erased,
    pseudonym,
    without_guest,
)
from bookflow.domain.bookings.facts import StatementHistory
from bookflow.domain.bookings.in_hand import InHand
from bookflow.domain.bookings.location_settings import LocationRecord, StoredSettings
from bookflow.domain.bookings.records import (
    Activity,
    Booking,
    BookingContext,
    BookingStatusChange,
    Customer,
    Location,
    OpenRecord,
    StoredValue,
    is_named,
    merge,
    with_status,
)
from bookflow.domain.bookings.search import contact_keys
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import Event
from bookflow.domain.events.without_guest import event_without_guest
from bookflow.domain.imports.booking_import import BookingImport
from bookflow.domain.imports.rows import ImportRow
from bookflow.domain.privacy.erasure import Erasure
from bookflow.domain.shared.errors import NotFoundError, StaleRevisionError
from bookflow.domain.shared.pagination import FIRST_PAGE, PAGE_SIZE, Page, PageRequest
from bookflow.ports import BookedVisit, RecordedBooking

RecordT = TypeVar("RecordT", bound=OpenRecord)


class InMemoryErasures:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Erasure] = {}

    def get(self, location_id: str, guest: str) -> Erasure | None:
        return self.stored.get((location_id, guest))

    def save(self, erasure: Erasure) -> bool:
        return save_revision(self.stored, (erasure.location_id, erasure.guest), erasure)


class InMemoryImports:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], BookingImport] = {}
        self.pages: dict[tuple[str, str, int], tuple[ImportRow, ...]] = {}

    def get(self, location_id: str, import_id: str) -> BookingImport | None:
        return self.stored.get((location_id, import_id))

    def save(self, batch: BookingImport) -> bool:
        return save_revision(self.stored, (batch.location_id, batch.id), batch)

    def latest(self, location_id: str) -> Sequence[BookingImport]:
        found = [each for (location, _), each in self.stored.items() if location == location_id]
        return sorted(found, key=lambda each: each.created_at, reverse=True)[:50]

    def put_page(
        self, batch: BookingImport, number: int, rows: Sequence[ImportRow], *, until: datetime
    ) -> None:
        self.pages[batch.location_id, batch.id, number] = tuple(rows)

    def page(self, batch: BookingImport, number: int) -> Sequence[ImportRow] | None:
        return self.pages.get((batch.location_id, batch.id, number))

    def delete_page(self, batch: BookingImport, number: int) -> None:
        self.pages.pop((batch.location_id, batch.id, number), None)


class InMemoryBookings:
    def __init__(
        self,
        erasures: InMemoryErasures | None = None,
        workflows: InMemoryWorkflows | None = None,
    ) -> None:
        self._erasures = erasures or InMemoryErasures()
        self._workflows = workflows or InMemoryWorkflows()
        self.kept: dict[tuple[str, type[OpenRecord], str], StoredValue[Any]] = {}
        self.changes: dict[tuple[str, str, str], BookingStatusChange] = {}
        self.settings: dict[str, StoredSettings] = {}
        self.decisions: dict[tuple[str, str], InHand] = {}
        self.receipts: dict[tuple[str, str], datetime] = {}

    def record(
        self, event: Event, *, received_at: datetime | None = None, now: datetime | None = None
    ) -> RecordedBooking | None:
        stated = event.stated_records()
        location_id = event.location_id
        receipt = (location_id, event.event_id)
        if received_at is not None and received_at < event.occurred_at:
            self.receipts.setdefault(receipt, received_at)
        if event.location is None and self.location(location_id).effective is None:
            return None
        stamp = event.stamp(self.receipts.get(receipt))
        guest = self._erased_guest(event, now or event.occurred_at)
        if guest is not None:
            event = event_without_guest(event, guest)
            stated = event.stated_records()
        changed: dict[tuple[str, type[OpenRecord], str], StoredValue[Any]] = {}
        for record in stated:
            key = (location_id, type(record), record.id)
            changed[key] = merge(self.kept.get(key), record, stamp, now)
        self.kept |= changed
        context = self.records_around(
            location_id,
            event.booking_id,
            event.customer.id if event.customer else None,
            event.activity.id if event.activity else None,
        )
        statements = self.statements(location_id, event.booking_id or "")
        subscriptions = tuple(self._workflows.subscriptions(location_id))
        return (
            RecordedBooking(context, stamp, statements, guest, subscriptions) if context else None
        )

    def statements(self, location_id: str, booking_id: str) -> StatementHistory:
        kept = self.kept.get((location_id, Booking, booking_id))
        return kept.statements if kept else StatementHistory()

    def context(self, location_id: str, booking_id: str | None) -> BookingContext | None:
        return self.records_around(location_id, booking_id)

    def in_hand(self, location_id: str, booking_id: str) -> InHand:
        none = InHand(location_id=location_id, booking_id=booking_id)
        return self.decisions.get((location_id, booking_id), none)

    def save_in_hand(self, in_hand: InHand) -> bool:
        return save_revision(self.decisions, (in_hand.location_id, in_hand.booking_id), in_hand)

    def change_status(
        self,
        location_id: str,
        booking_id: str,
        change_id: str,
        *,
        expected: BookingStatus,
        status: BookingStatus,
        at: datetime,
    ) -> BookingStatusChange:
        made = self.changes.get((location_id, booking_id, change_id))
        if made:
            return made
        key = (location_id, Booking, booking_id)
        if key not in self.kept:
            raise NotFoundError("there is no such booking in this location", field="booking_id")
        change = BookingStatusChange(change_id, expected, status, at)
        self.kept[key] = with_status(self.kept[key], change)
        self.changes[location_id, booking_id, change_id] = change
        return change

    def status_change(
        self, location_id: str, booking_id: str, change_id: str
    ) -> BookingStatusChange | None:
        return self.changes.get((location_id, booking_id, change_id))

    def page(
        self,
        location_id: str,
        *,
        since: datetime,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[BookedVisit]:
        bookings = self._all(location_id, Booking)
        found = sorted(
            (utc_text(one.start_time), one.id, one)
            for one in bookings
            if one.start_time and one.start_time >= since
        )
        return page_of([self._visit(location_id, one) for *_, one in found], request)

    def find(self, location_id: str, text: str) -> Sequence[BookedVisit]:
        found = [one for one in self._all(location_id, Booking) if is_named(one, text)]
        return [self._visit(location_id, one) for one in found[:PAGE_SIZE]]

    def customer(self, location_id: str, customer_id: str) -> Customer | None:
        return self._read(location_id, Customer, customer_id)

    def activities(self, location_id: str) -> Sequence[Activity]:
        return self._all(location_id, Activity)

    def customers_at(self, location_id: str, address: str) -> Sequence[Customer]:
        return [
            one
            for one in self._all(location_id, Customer)
            if set(contact_keys(address)[:1]) & {*contact_keys(one.email), *contact_keys(one.phone)}
        ][:PAGE_SIZE]

    def bookings_of(
        self, location_id: str, customer_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Booking]:
        guest = guest_digest(location_id, customer_id)
        found = [
            one
            for one in self._all(location_id, Booking)
            if one.customer_id and guest_digest(location_id, one.customer_id) == guest
        ]
        return page_of(found, request)

    def erase_booking(self, location_id: str, booking_id: str, guest: str) -> bool:
        key = (location_id, Booking, booking_id)
        kept = self.kept.get(key)
        if kept is None:
            return False
        self.kept[key] = without_guest(kept, guest)
        return self.kept[key] is not kept

    def erase_customer(self, location_id: str, customer_id: str) -> bool:
        return self.kept.pop((location_id, Customer, customer_id), None) is not None

    def location(self, location_id: str) -> LocationRecord:
        stated = self._read(location_id, Location, location_id)
        return LocationRecord(location_id, stated, self.settings.get(location_id, StoredSettings()))

    def location_names(self, location_ids: Sequence[str]) -> Mapping[str, str]:
        found = {each: self.location(each).effective for each in location_ids}
        return {each: location.name for each, location in found.items() if location}

    def save_settings(self, location_id: str, kept: StoredSettings) -> None:
        stored = self.settings.get(location_id, StoredSettings())
        if stored == kept:
            return
        if kept.revision != stored.revision + 1:
            raise StaleRevisionError("settings", based_on=kept.revision - 1, stored=stored.revision)
        self.settings[location_id] = kept

    def locations(self) -> Iterator[str]:
        stated = {location for location, model, _ in self.kept if model is Location}
        return iter(sorted({*stated, *self.settings}))

    def _erased_guest(self, event: Event, now: datetime) -> str | None:
        location_id = event.location_id
        booking = self._read(location_id, Booking, event.booking_id)
        if booking is not None and is_erased(booking.customer_id):
            return booking.customer_id
        in_booking = event.booking.customer_id if event.booking else None
        for customer_id in (event.customer.id if event.customer else None, in_booking):
            if customer_id:
                mark = self._erasures.get(location_id, guest_digest(location_id, customer_id))
                if mark is not None and mark.expires_at > now:
                    return pseudonym(location_id, customer_id)
        return None

    def _visit(self, location_id: str, booking: Booking) -> BookedVisit:
        return BookedVisit(booking, self._read(location_id, Customer, booking.customer_id))

    def records_around(
        self,
        location_id: str,
        booking_id: str | None,
        customer_id: str | None = None,
        activity_id: str | None = None,
    ) -> BookingContext | None:
        location = self.location(location_id).effective
        if location is None:
            return None
        kept = self.kept.get((location_id, Booking, booking_id or ""))
        booking = kept.record if kept else None
        if booking:
            customer_id = booking.customer_id or customer_id
            activity_id = booking.activity_id or activity_id
        return BookingContext(
            location=location,
            booking=booking,
            customer=self._read(location_id, Customer, customer_id),
            activity=self._read(location_id, Activity, activity_id),
            in_hand=self.decisions.get((location_id, booking_id or "")),
            calendar_sequence=kept.calendar_sequence if kept else 0,
        )

    def _all(self, location_id: str, model: type[RecordT]) -> list[RecordT]:
        """Return a location's records of a kind by their ids."""
        wanted = (location_id, model)
        ids = sorted(key[2] for key in self.kept if key[:2] == wanted)
        return [self.kept[*wanted, each].record for each in ids]

    def _read(
        self, location_id: str, model: type[RecordT], record_id: str | None
    ) -> RecordT | None:
        kept = self.kept.get((location_id, model, record_id or ""))
        return kept.record if kept else None
