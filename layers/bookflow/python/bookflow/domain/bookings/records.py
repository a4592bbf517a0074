"""What Bookflow knows of a booking and of the people, activity and location around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bookflow.domain.bookings.search import folded
from bookflow.domain.bookings.statuses import BookingStatus, Status
from bookflow.domain.shared.errors import ConflictError
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.values import Moment, Money
from bookflow.domain.shared.wall_time import QuietHours


class OpenRecord(BaseModel):
    """A record of the booking system: unknown fields are stored, templates can reach them."""

    model_config = ConfigDict(frozen=True, extra="allow")


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
    email: str | None = Field(default=None, max_length=320, description="Where replies go")
    phone: str | None = Field(default=None, max_length=40, description="Phone number of the desk")
    address: str = Field(default="", max_length=1000, description="Postal address")
    directions: str = Field(default="", max_length=4000, description="How to get there")
    admins: tuple[Contact, ...] = Field(default=(), description="Who runs the location")
    retention_days: int = Field(default=90, ge=1, le=3650, description="Life of execution records")
    survey_id: str | None = Field(default=None, description="Survey asked after a visit")
    quiet_hours: QuietHours | None = Field(
        default=None,
        description="Local hours in which reminders wait; a delay has a send window of its own",
        examples=[{"start": "21:00", "end": "08:00"}],
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


@dataclass(frozen=True)
class StoredValue(Generic[RecordT]):
    """A record of the booking system together with what is needed to keep it right.

    Attributes:
        revision: Count of stored changes, the optimistic lock.
        stamps: For each field, when and by which event it was last stated. A field changes
            only for a later stamp, so that late, repeated and reordered events end the same.
    """

    record: RecordT
    revision: int
    stamps: Mapping[str, str]


def stamp(occurred_at: datetime, event_id: str, *, begins: bool = False) -> str:
    """Return a text that sorts by time, then by event id.

    Args:
        occurred_at: When the event happened. Many booking systems state it to the second.
        event_id: Its id.
        begins: Whether a booking begins with it, so that all else of that moment came later.
    """
    return f"{occurred_at.timestamp():020.6f}{'!' if begins else '#'}{event_id}"


def merge(stored: StoredValue[RecordT] | None, stated: RecordT, at: str) -> StoredValue[RecordT]:
    """Return the record after an event stated some of its fields at stamp `at`.

    The outcome does not depend on the order in which events arrive: each field keeps its latest
    statement. The very same object comes back where nothing changes.
    """
    known = stored.stamps if stored else {}
    news = {
        name: value
        for name, value in fields_set(stated).items()
        if name != "id" and at > known.get(name, "")
    }
    if stored is not None and not news:
        return stored
    base = fields_set(stored.record) if stored else fields_set(stated)
    return StoredValue(
        record=type(stated)(**{**base, **news}),
        revision=(stored.revision if stored else 0) + 1,
        stamps={**known, **dict.fromkeys(news, at)},
    )


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
    at, before = stamp(change.at, change.id), stored.stamps.get("status", "")
    # The writer saw the stored status, so this one is later, whatever the two clocks say.
    later = at if at > before else f"{before}~{at}"
    return merge(stored, Booking(id=stored.record.id, status=change.new), later)


def fields_set(record: BaseModel) -> dict[str, Any]:
    """Return the fields that were stated, unknown ones included, and none of the defaults."""
    return {name: getattr(record, name) for name in record.model_fields_set}


class BookingContext(BaseModel):
    """A booking with all that surrounds it, as read at one moment."""

    model_config = ConfigDict(frozen=True)

    location: Location
    booking: Booking | None = None
    customer: Customer | None = None
    activity: Activity | None = None

    @property
    def is_draft(self) -> bool:
        """Drafts trigger nothing (design, "Events")."""
        return self.booking is not None and self.booking.status is BookingStatus.DRAFT
