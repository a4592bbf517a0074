"""What Bookflow knows of a booking and of the people, activity and location around it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Generic, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from bookflow.domain.bookings.facts import (
    NO_STATEMENTS,
    FactKind,
    Statement,
    StatementHistory,
    times_text,
)
from bookflow.domain.bookings.in_hand import InHand
from bookflow.domain.bookings.search import folded
from bookflow.domain.bookings.stamps import Stamp, is_later, time_of
from bookflow.domain.bookings.statuses import BookingStatus, Status
from bookflow.domain.shared.errors import ConflictError, InvalidInputError
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.values import Moment, Money
from bookflow.domain.shared.wall_time import QuietHours


class OpenRecord(BaseModel):
    """A record of the booking system: unknown fields are stored, templates can reach them."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)


class Contact(OpenRecord):
    """Somebody who works for the location and can be written to."""

    name: str = Field(default="", max_length=200)
    email: str | None = Field(default=None, max_length=320)
    phone: str | None = Field(default=None, max_length=40)


class Customer(OpenRecord):
    """Who booked. E-mail and phone are stored as they came and checked when they are used."""

    id: ExternalId = Field(description="Id of the customer")
    first_name: str = Field(default="", max_length=200, description="First name")
    last_name: str = Field(default="", max_length=200, description="Last name")
    email: str | None = Field(default=None, max_length=320, description="E-mail address")
    phone: str | None = Field(default=None, max_length=40, description="Phone number")
    locale: str | None = Field(
        default=None, max_length=35, description="Language and region (BCP 47), such as de-DE"
    )
    marketing_opt_out: bool | None = Field(
        default=None,
        description="Whether the customer wants no marketing messages and surveys",
        examples=[False],
    )


class Activity(OpenRecord):
    """What was booked: a tour, a rental, a room."""

    id: ExternalId = Field(description="Id of the activity")
    name: str = Field(default="", max_length=200, description="Name of the activity")
    description: str = Field(default="", max_length=10_000, description="What it is")
    facilitators: tuple[Contact, ...] = Field(default=(), description="Who leads it")
    survey_id: str | None = Field(
        default=None, description="Survey asked instead of the location's"
    )


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from error
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""The name of a time zone that this Python knows."""


class DatePause(BaseModel):
    """Local dates, the first and the last included."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    first: date = Field(title="From", examples=["2026-12-24"])
    last: date = Field(title="Until and including", examples=["2027-01-01"])

    @model_validator(mode="after")
    def _has_days(self) -> Self:
        if self.last < self.first:
            raise PydanticCustomError("dates_reversed", "must not end before it begins")
        return self


class Location(OpenRecord):
    """A place of business: the owner of workflows, templates and all records."""

    id: ExternalId = Field(description="Id of the location")
    name: str = Field(default="", max_length=200, description="Name of the location")
    timezone: TimeZone = Field(default="UTC", description="Time zone (IANA), such as Europe/Berlin")
    locale: str = Field(default="en", max_length=35, description="Language and region (BCP 47)")
    country: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{2}$",
        description="ISO 3166 code: how phone numbers without a prefix are read",
    )
    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", description="ISO 4217 code of its prices"
    )
    email: str | None = Field(default=None, max_length=320, description="Where replies go")
    phone: str | None = Field(default=None, max_length=40, description="Phone number of the desk")
    address: str = Field(default="", max_length=1000, description="Postal address")
    directions: str = Field(default="", max_length=4000, description="How to get there")
    admins: tuple[Contact, ...] = Field(default=(), description="Who runs the location")
    retention_days: int = Field(default=90, ge=1, le=3650, description="Life of execution records")
    track_messages: bool = Field(
        default=False,
        description="Whether it is recorded when e-mails are opened and their links used",
    )
    booking_retention_days: int = Field(
        default=730,
        ge=30,
        le=3650,
        description="Life of bookings after their end, with customers, notes, tasks and answers",
    )
    survey_id: str | None = Field(default=None, description="Survey asked after a visit")
    quiet_hours: QuietHours | None = Field(
        default=None,
        description="Local hours in which reminders wait; a delay has a send window of its own",
        examples=[{"start": "21:00", "end": "08:00"}],
    )
    marketing_per_day: int | None = Field(
        default=None,
        ge=1,
        le=100,
        exclude=True,
        description="Most marketing messages and surveys that a guest gets on a day",
        examples=[1],
    )
    marketing_pauses: tuple[DatePause, ...] = Field(
        default=(),
        max_length=100,
        exclude=True,
        description="Local dates without marketing and surveys",
        examples=[[{"first": "2026-12-24", "last": "2027-01-01"}]],
    )
    wordings: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        exclude=True,
        description="Its own words for what Bookflow adds to messages and pages, by language",
    )

    @property
    def retention(self) -> timedelta:
        """Life of execution records."""
        return timedelta(days=self.retention_days)


class BookingFields(OpenRecord):
    """The part of a booking that an event states; a field that is not set is not known by it."""

    id: ExternalId | None = None
    confirmation_code: str | None = Field(
        default=None, max_length=100, description="Code that the customer knows the booking by"
    )
    status: Status | None = Field(
        default=None,
        description="draft, pending, confirmed, cancelled, completed or no_show",
    )
    customer_id: ExternalId | None = Field(default=None, description="Id of the customer")
    activity_id: ExternalId | None = Field(default=None, description="Id of the activity")
    start_time: Moment | None = Field(default=None, description="When the visit begins")
    end_time: Moment | None = Field(default=None, description="When the visit ends")
    booked_at: Moment | None = Field(
        default=None, description="When it was booked, or last taken up from draft"
    )
    total_amount: Money | None = Field(default=None, description="Price of the whole booking")
    party_size: int | None = Field(
        default=None, ge=0, le=100_000, description="How many people come"
    )
    survey_excluded: bool | None = Field(
        default=None,
        description="Whether the customer is not asked about the visit",
        examples=[False],
    )
    imported_at: Moment | None = Field(
        default=None,
        description="When it was imported as a booking that existed already: reminders that were "
        "due before are not sent",
        examples=[None],
    )


class Booking(BookingFields):
    """A booking as Bookflow holds it."""

    id: ExternalId = Field(description="Id of the booking")


def is_named(booking: Booking, text: str) -> bool:
    """Whether a text is the booking's id, or its confirmation code but for capitals and accents."""
    return text == booking.id or folded(text) == folded(booking.confirmation_code or "") != ""


@dataclass(frozen=True)
class BookingStatusChange:
    """A change of status that a workflow made; it is stored, so that a second try finds it.

    Attributes:
        id: Chosen by who made the change, the same in every try, and the id of its event.
        at: When it was made: part of the stamp of the booking's status.
    """

    id: str
    old: BookingStatus
    new: BookingStatus
    at: datetime


RecordT = TypeVar("RecordT", bound=OpenRecord)

MAX_UNKNOWN_BYTES = 32 * 1024
"""Bound of a record's unknown fields, as compact JSON in UTF-8: an item may hold 400 KB."""

REFRESHED_AFTER = timedelta(hours=1)
"""An equal statement is written again only if it is this much later than the one before.

One of a status or of times always is, as the booking keeps its last statements of them.
"""


@dataclass(frozen=True)
class StoredValue(Generic[RecordT]):
    """A record of the booking system together with what is needed to keep it right.

    Attributes:
        revision: Count of stored changes, the optimistic lock.
        stamps: For each field, when and by which event it was last stated. A field changes
            only for a later stamp, so that late, repeated and reordered events end the same.
        statements: Of a booking: the last statements of its status and of its times.
        calendar_sequence: Of a booking: see `BookingContext`.
    """

    record: RecordT
    revision: int
    stamps: Mapping[str, str]
    statements: StatementHistory = NO_STATEMENTS
    calendar_sequence: int = 0


def merge(
    kept: StoredValue[RecordT] | None,
    stated: RecordT,
    at: Stamp,
    now: datetime | None = None,
) -> StoredValue[RecordT]:
    """Return the record after an event stated some of its fields.

    The outcome does not depend on the order in which events arrive: each field keeps its latest
    statement. The very same object comes back where nothing is to be written.

    Args:
        kept: The record as it is stored.
        stated: What the event states of it.
        at: The event's place among all that state the same.
        now: The present moment; a stored stamp far ahead of it is replaced by any later statement.

    Raises:
        InvalidInputError: The record's unknown fields grow too large; `field` is one of the event's.
    """
    known = kept.stamps if kept else {}
    before = fields_set(kept.record) if kept else {}
    statements = kept.statements if kept else NO_STATEMENTS
    if isinstance(stated, Booking):
        statements = _noted(statements, stated, at)
    later = {
        name: at.of(name, value)
        for name, value in fields_set(stated).items()
        if name != "id" and is_later(at.of(name, value), known.get(name), now)
    }
    values = {name: getattr(stated, name) for name in later}
    is_news = any(
        name not in before or before[name] != value or _is_dated_anew(name, later[name], known)
        for name, value in values.items()
    )
    if kept is not None and not is_news and statements is kept.statements:
        return kept
    base = before if kept else fields_set(stated)
    record = type(stated)(**{**base, **values})
    if values.keys() & (stated.model_extra or {}).keys():
        _require_bounded(record, stated)
    return StoredValue(
        record=record,
        revision=(kept.revision if kept else 0) + 1,
        stamps={**known, **later},
        statements=statements,
        calendar_sequence=_calendar_sequence(kept, record),
    )


def _calendar_sequence(kept: StoredValue[Any] | None, record: OpenRecord) -> int:
    """Return the count of changes that a calendar has to follow, with the one to this record.

    It counts what became of the booking, and not statements, of which only the last are kept.
    """
    if kept is None or not isinstance(record, Booking):
        return 0
    before: Booking = kept.record
    moved = (before.start_time, before.end_time) != (record.start_time, record.end_time)
    cancelled = {before.status, record.status} & {BookingStatus.CANCELLED}
    return kept.calendar_sequence + (moved or (before.status != record.status and bool(cancelled)))


def _is_dated_anew(name: str, at: str, known: Mapping[str, str]) -> bool:
    """Whether an equal statement has to be written for its stamp."""
    return name not in known or abs(time_of(at) - time_of(known[name])) > REFRESHED_AFTER


def _noted(statements: StatementHistory, stated: Booking, at: Stamp) -> StatementHistory:
    """Return a booking's statements with what an event states of its status and times."""
    if stated.status is not None:
        stamp = at.of("status", stated.status)
        statement = Statement(stamp, at.event_id, stated.status)
        for kind in _imported_kinds(stated.status) if at.imports else ():
            statements = statements.with_imported(kind, statement)
        statements = statements.with_status(statement)
    if stated.start_time is not None or stated.end_time is not None:
        times = times_text(stated.start_time, stated.end_time)
        statement = Statement(at.of("start_time", times), at.event_id, times)
        if at.imports:
            statements = statements.with_imported(FactKind.TIMES, statement)
        statements = statements.with_times(statement)
    return statements


def _imported_kinds(status: BookingStatus) -> tuple[FactKind, ...]:
    """Return the facts that are no news once an import stated a status; a draft is not made yet."""
    if status is BookingStatus.DRAFT:
        return ()
    if status in (BookingStatus.PENDING, BookingStatus.CANCELLED):
        return FactKind.CREATED, FactKind.STATUS
    return FactKind.CREATED, FactKind.STATUS, FactKind.CONFIRMED


def _require_bounded(record: OpenRecord, stated: OpenRecord) -> None:
    if _json_bytes(record.model_extra or {}) <= MAX_UNKNOWN_BYTES:
        return
    mine = stated.model_extra or {}
    largest = max(mine, key=lambda name: _json_bytes(mine[name]))
    what = type(record).__name__.lower()
    raise InvalidInputError(
        f"makes the {what}'s unknown fields larger than {MAX_UNKNOWN_BYTES // 1024} KB together",
        field=f"detail.{what}.{largest}",
        remedy="Leave out what no workflow reads, or send a link to it.",
    )


def _json_bytes(value: Any) -> int:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return len(text.encode("utf-8", "surrogatepass"))


def with_status(stored: StoredValue[Booking], change: BookingStatusChange) -> StoredValue[Booking]:
    """Return the booking after the change.

    Raises:
        ConflictError: The status is not the one that the change starts from.
    """
    if stored.record.status is not change.old:
        raise ConflictError(
            f"the booking's status is {stored.record.status}, not {change.old}",
            field="booking.status",
            remedy="The booking changed meanwhile; retry the step if it still applies.",
        )
    at = Stamp(change.at, change.id).of("status", change.new)
    before = stored.stamps.get("status", "")
    # The writer saw the stored status, so this one is later, whatever the two clocks say.
    later = at if at > before else f"{before}~{at}"
    statement = Statement(later, change.id, change.new)
    booking = Booking(**{**fields_set(stored.record), "status": change.new})
    return StoredValue(
        record=booking,
        revision=stored.revision + 1,
        stamps={**stored.stamps, "status": later},
        statements=stored.statements.with_status(statement),
        calendar_sequence=_calendar_sequence(stored, booking),
    )


def fields_set(record: BaseModel) -> dict[str, Any]:
    """Return the fields that were stated, unknown ones included, and none of the defaults."""
    return {name: getattr(record, name) for name in record.model_fields_set}


class BookingContext(BaseModel):
    """A booking with all that surrounds it, as read at one moment.

    Attributes:
        in_hand: What people decided of its messages; None where nobody decided
            anything, or the reader does not ask for that.
        calendar_sequence: How often the booking's start or end changed, or it was cancelled or taken
            up again: the SEQUENCE of its calendar entry (RFC 5545, section 3.8.7.4). It never falls.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    location: Location
    booking: Booking | None = None
    customer: Customer | None = None
    activity: Activity | None = None
    in_hand: InHand | None = None
    calendar_sequence: int = 0

    def read_in(self, locale: str | None) -> BookingContext:
        """Return the same with a customer of this locale; None changes nothing."""
        if locale is None or self.customer is None:
            return self
        customer = self.customer.model_copy(update={"locale": locale})
        return self.model_copy(update={"customer": customer})

    @property
    def is_draft(self) -> bool:
        """Drafts trigger nothing (design, "Events")."""
        return self.booking is not None and self.booking.status is BookingStatus.DRAFT
