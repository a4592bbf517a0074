"""The booking records of a location: what events stated, merged and dated; and erased guests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bookflow.domain.shared.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from datetime import datetime

    from bookflow.domain.bookings.facts import StatementHistory
    from bookflow.domain.bookings.in_hand import InHand
    from bookflow.domain.bookings.location_settings import LocationRecord, StoredSettings
    from bookflow.domain.bookings.records import (
        Activity,
        Booking,
        BookingContext,
        BookingStatusChange,
        Customer,
    )
    from bookflow.domain.bookings.stamps import Stamp
    from bookflow.domain.bookings.statuses import BookingStatus
    from bookflow.domain.events import Event
    from bookflow.domain.imports.booking_import import BookingImport
    from bookflow.domain.imports.rows import ImportRow
    from bookflow.domain.privacy.erasure import Erasure
    from bookflow.domain.shared.pagination import Page, PageRequest
    from bookflow.domain.workflows.workflow import Subscription


@dataclass(frozen=True)
class RecordedBooking:
    """A booking after an event was recorded.

    Attributes:
        context: The records around it, as they stand now.
        stamp: The event's place among all that state the same.
        statements: The last statements of the booking's status and times, this event's included.
        guest: The pseudonym of its guest, who was erased: nothing that the event says of the
            person was recorded.
        subscriptions: The enabled workflows of its location, as they were just before it was
            recorded.
    """

    context: BookingContext
    stamp: Stamp
    statements: StatementHistory
    guest: str | None = None
    subscriptions: Sequence[Subscription] = ()


@dataclass(frozen=True)
class BookedVisit:
    """A booking in a list, with who comes, if that is known."""

    booking: Booking
    customer: Customer | None


class BookingStore(Protocol):
    """Bookings, customers and activities as the booking system states them, and locations.

    What the operators of a location set goes before what the booking system states of it,
    wherever a location is returned.
    """

    def record(
        self, event: Event, *, received_at: datetime | None = None, now: datetime | None = None
    ) -> RecordedBooking | None:
        """Merge what the event states into the stored records, field by field.

        The first receipt of an event that is stamped ahead of it is kept with the event's id: it
        counts at each redelivery and redrive too. A record that would stay the same is not written.
        Of a guest who was erased less than 30 days ago, and of a booking of an erased guest, what
        says who it is stays unrecorded.

        Args:
            event: The event as parsed.
            received_at: When its message was sent to the queue; without it the sender's clock is
                trusted.
            now: The present moment; without it no stored stamp counts as ahead of it.

        Returns:
            None when the location is unknown and the event does not bring it.

        Raises:
            InvalidInputError: The event describes another location or booking than it names, or a
                record's unknown fields grow too large.
        """

    def statements(self, location_id: str, booking_id: str) -> StatementHistory:
        """Return the last statements of a booking's status and times (consistent)."""

    def context(self, location_id: str, booking_id: str | None) -> BookingContext | None:
        """Return the records as they stand now (consistent), or None for an unknown location.

        They hold what people decided of the booking's messages (`in_hand`).
        """

    def in_hand(self, location_id: str, booking_id: str) -> InHand:
        """Return what people decided of a booking's messages (consistent)."""

    def save_in_hand(self, in_hand: InHand) -> bool:
        """Store the decisions if the stored revision is the one before; say whether it did."""

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
        """Set the status, if it still is the expected one, and keep the change, all or nothing.

        A change of a known id is not made again: the first one is returned, whatever the
        booking has become since.

        Raises:
            ConflictError: The status changed since it was read.
            NotFoundError: There is no such booking.
        """

    def status_change(
        self, location_id: str, booking_id: str, change_id: str
    ) -> BookingStatusChange | None:
        """Return the change of that id, if it was made (consistent)."""

    def page(
        self,
        location_id: str,
        *,
        since: datetime,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[BookedVisit]:
        """Return a page of the bookings that start at or after `since`, the earliest first.

        A booking that was recorded a moment ago may be missing.
        """

    def find(self, location_id: str, text: str) -> Sequence[BookedVisit]:
        """Return the bookings with exactly this confirmation code or id, whenever they start.

        Several may share a code; the first `PAGE_SIZE` by id are returned.
        Capitals and accents of a code do not count. A booking that was recorded a moment ago may
        be missing by its code.
        """

    def customer(self, location_id: str, customer_id: str) -> Customer | None:
        """Return a customer as it stands (consistent), or None."""

    def activities(self, location_id: str) -> Sequence[Activity]:
        """Return the activities of a location by their ids (consistent)."""

    def customers_at(self, location_id: str, address: str) -> Sequence[Customer]:
        """Return those whose e-mail address it is or whose phone number ends so (`contact_keys`).

        They are `PAGE_SIZE` at most of each. One recorded a moment ago may be missing.
        """

    def bookings_of(
        self, location_id: str, customer_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Booking]:
        """Return a page of a customer's bookings; an erased guest is found by the former id too.

        A booking that was recorded a moment ago may be missing.
        """

    def erase_booking(self, location_id: str, booking_id: str, guest: str) -> bool:
        """Take out of a booking what says who booked; return whether there was anything.

        Args:
            location_id: The location.
            booking_id: The booking; a missing one is no error.
            guest: The pseudonym that it keeps.
        """

    def erase_customer(self, location_id: str, customer_id: str) -> bool:
        """Delete a customer; return whether there was one."""

    def location(self, location_id: str) -> LocationRecord:
        """Return what the booking system states of a location and what its operators set."""

    def location_names(self, location_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the names of those of the locations of which anything is known."""

    def save_settings(self, location_id: str, kept: StoredSettings) -> None:
        """Store the operators' settings if the stored revision is the one before.

        Raises:
            StaleRevisionError: Another save came first.
        """

    def locations(self) -> Iterator[str]:
        """Return the ids of all locations; one recorded a moment ago may be missing."""


class ErasureStore(Protocol):
    """The latest erasure of each guest, by the guest's digest."""

    def get(self, location_id: str, guest: str) -> Erasure | None:
        """Return the guest's erasure (consistent), or None."""

    def save(self, erasure: Erasure) -> bool:
        """Store the erasure if the stored revision is the one before it; say whether it was."""


class ImportStore(Protocol):
    """Imports of bookings, and the pages of rows that they have not imported yet."""

    def get(self, location_id: str, import_id: str) -> BookingImport | None:
        """Return an import (consistent), or None."""

    def save(self, batch: BookingImport) -> bool:
        """Store an import if the stored revision is the one before it; say whether it was."""

    def latest(self, location_id: str) -> Sequence[BookingImport]:
        """Return the imports of a location that are kept, the latest first; 50 at most."""

    def put_page(
        self, batch: BookingImport, number: int, rows: Sequence[ImportRow], *, until: datetime
    ) -> None:
        """Store the rows of a page, which may vanish then."""

    def page(self, batch: BookingImport, number: int) -> Sequence[ImportRow] | None:
        """Return the rows of a page (consistent), or None."""

    def delete_page(self, batch: BookingImport, number: int) -> None:
        """Delete the rows of a page, if they are there."""
