"""Booking records, the erasures of guests that they follow, and imports, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from bookflow.adapters.dynamodb.base.keys import utc_text
from bookflow.adapters.memory.records import page_of
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

R = TypeVar("R")


class InMemoryErasures:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Erasure] = {}

    def get(self, location_id: str, guest: str) -> Erasure | None:
        return self.stored.get((location_id, guest))

    def save(self, erasure: Erasure) -> bool:
        key = (erasure.location_id, erasure.guest)
        stored = self.stored.get(key)
        if erasure.revision != (stored.revision if stored else 0) + 1:
            return stored == erasure
        self.stored[key] = erasure
        return True


class InMemoryImports:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], BookingImport] = {}
        self.pages: dict[tuple[str, str, int], tuple[ImportRow, ...]] = {}

    def get(self, location_id: str, import_id: str) -> BookingImport | None:
        return self.stored.get((location_id, import_id))

    def save(self, batch: BookingImport) -> bool:
        key = (batch.location_id, batch.id)
        stored = self.stored.get(key)
        if batch.revision != (stored.revision if stored else 0) + 1:
            return stored == batch
        self.stored[key] = batch
        return True

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
        if event.location is None and self._location(location_id).effective is None:
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
        statements = self._statements(location_id, event.booking_id)
        subscriptions = tuple(self._workflows.subscribed_in(location_id))
        return (
            RecordedBooking(context, stamp, statements, guest, subscriptions) if context else None
        )

    def statements(self, location_id: str, booking_id: str) -> StatementHistory:
        return self._statements(location_id, booking_id)

    def context(self, location_id: str, booking_id: str | None) -> BookingContext | None:
        return self.records_around(location_id, booking_id)

    def in_hand(self, location_id: str, booking_id: str) -> InHand:
        none = InHand(location_id=location_id, booking_id=booking_id)
        return self.decisions.get((location_id, booking_id), none)

    def save_in_hand(self, in_hand: InHand) -> bool:
        key = (in_hand.location_id, in_hand.booking_id)
        stored = self.decisions.get(key)
        if in_hand.revision != (stored.revision if stored else 0) + 1:
            return stored == in_hand
        self.decisions[key] = in_hand
        return True

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
        found = sorted(
            (
                kept.record
                for (location, model, _), kept in self.kept.items()
                if (location, model) == (location_id, Booking)
                and kept.record.start_time
                and kept.record.start_time >= since
            ),
            key=lambda one: (utc_text(one.start_time), one.id),
        )
        return page_of([self._visit(location_id, one) for one in found], request)

    def find(self, location_id: str, text: str) -> Sequence[BookedVisit]:
        found = sorted(
            (
                kept.record
                for (location, model, _), kept in self.kept.items()
                if (location, model) == (location_id, Booking) and is_named(kept.record, text)
            ),
            key=lambda one: one.id,
        )
        return [self._visit(location_id, one) for one in found[:PAGE_SIZE]]

    def customer(self, location_id: str, customer_id: str) -> Customer | None:
        return self._read(location_id, Customer, customer_id)

    def activities(self, location_id: str) -> Sequence[Activity]:
        found = (
            kept.record
            for (location, model, _), kept in self.kept.items()
            if (location, model) == (location_id, Activity)
        )
        return sorted(found, key=lambda each: each.id)

    def customers_at(self, location_id: str, address: str) -> Sequence[Customer]:
        return [
            kept.record
            for (location, model, _), kept in self.kept.items()
            if (location, model) == (location_id, Customer)
            and set(contact_keys(address)[:1])
            & {*contact_keys(kept.record.email), *contact_keys(kept.record.phone)}
        ][:PAGE_SIZE]

    def bookings_of(
        self, location_id: str, customer_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Booking]:
        guest = guest_digest(location_id, customer_id)
        found = sorted(
            (
                kept.record
                for (location, model, _), kept in self.kept.items()
                if (location, model) == (location_id, Booking)
                and kept.record.customer_id
                and guest_digest(location_id, kept.record.customer_id) == guest
            ),
            key=lambda one: one.id,
        )
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
        return self._location(location_id)

    def location_names(self, location_ids: Sequence[str]) -> Mapping[str, str]:
        found = {each: self._location(each).effective for each in location_ids}
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
                # Read past the port, whose calls tests count.
                mark = self._erasures.stored.get(
                    (location_id, guest_digest(location_id, customer_id))
                )
                if mark is not None and mark.expires_at > now:
                    return pseudonym(location_id, customer_id)
        return None

    def _visit(self, location_id: str, booking: Booking) -> BookedVisit:
        return BookedVisit(booking, self._read(location_id, Customer, booking.customer_id))

    def _location(self, location_id: str) -> LocationRecord:
        stated = self._read(location_id, Location, location_id)
        return LocationRecord(location_id, stated, self.settings.get(location_id, StoredSettings()))

    def records_around(
        self,
        location_id: str,
        booking_id: str | None,
        customer_id: str | None = None,
        activity_id: str | None = None,
    ) -> BookingContext | None:
        location = self._location(location_id).effective
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

    def _statements(self, location_id: str, booking_id: str | None) -> StatementHistory:
        kept = self.kept.get((location_id, Booking, booking_id or ""))
        return kept.statements if kept else StatementHistory()

    def _read(self, location_id: str, model: type[R], record_id: str | None) -> R | None:
        kept = self.kept.get((location_id, model, record_id or ""))  # type: ignore[arg-type]
        return kept.record if kept else None
