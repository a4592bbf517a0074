"""What all events share: who says what happened, where and when, and what caused it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bookflow.domain.bookings.erased_guests import is_erased
from bookflow.domain.bookings.facts import FactKind
from bookflow.domain.bookings.records import (
    Activity,
    Booking,
    BookingContext,
    BookingFields,
    Customer,
    Location,
    fields_set,
)
from bookflow.domain.bookings.stamps import Stamp
from bookflow.domain.events.sender import Sender
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.values import Moment

MAX_CHAIN = 8
"""Workflows that may cause one another in a row (design, "Effects happen once")."""


class TriggerConfig(BaseModel):
    """The settings of a trigger node beside its event type.

    Attributes:
        filter: A rule as JSON. The validation of the graph reads it; what is no rule is never met.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    event: str = Field(
        description="The event that starts the workflow", examples=["Booking Created"]
    )
    filter: Mapping[str, Any] | None = Field(
        default=None,
        title="Only if",
        description="Starts only if this rule is met; otherwise nothing is recorded",
        examples=[{"variable": "booking.party_size", "operator": "greater_or_equal", "value": 8}],
        json_schema_extra={"format": "rule"},
    )


class VisitTriggerConfig(TriggerConfig):
    """The settings of a trigger that announces a visit to come."""

    also_past_visits: bool = Field(
        default=False,
        title="Also for past visits",
        description="Write to the customer even if the visit is over, such as after an import",
    )


class Event(BaseModel):
    """The `detail` of an event on the bus. Unknown fields are stored and reachable.

    Attributes:
        event_id: Chosen by the sender, the same in each repeat; it makes a start happen once.
        occurred_at: When it happened in the booking system (RFC 3339 with offset).
        causation_chain: Ids of the workflows whose effects led here, the first cause first.
        fact: What kind of fact it tells; None for an event that is news by itself, such as a
            chat message.
        is_own: Whether Bookflow alone knows of it, so that no machine may post it.
        announces_visit: Whether the customer is not written to once the visit is over.
        of_guest: Fields, all of them optional, in which the guest may be named or speak: they go
            when the guest is erased.
        icon: Name of the picture that the editor shows; for one it does not know, a plain one.
        summary: The trigger's settings in a few words; `{offset_unit}` stands for that setting.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    detail_type: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    begins_booking: ClassVar[bool] = False
    fact: ClassVar[FactKind | None] = None
    is_own: ClassVar[bool] = False
    announces_visit: ClassVar[bool] = False
    of_guest: ClassVar[frozenset[str]] = frozenset()
    config: ClassVar[type[TriggerConfig]] = TriggerConfig

    event_id: ExternalId = Field(description="Id of the event", examples=["ev-10293"])
    location_id: ExternalId = Field(description="Id of the location", examples=["spree-kayaks"])
    occurred_at: Moment = Field(description="When it happened")
    booking_id: ExternalId | None = Field(
        default=None, description="Id of the booking", examples=["bk-4711"]
    )
    sequence: int | None = Field(
        default=None,
        ge=0,
        le=10**15,
        description="The sender's number of the event: of two that occurred at one moment, the "
        "greater one came later",
        examples=[17],
    )
    replay_of: ExternalId | None = Field(
        default=None,
        description="The event that a person lets happen again: it starts its workflows anew",
        examples=["ev-10293"],
    )
    causation_chain: tuple[ExternalId, ...] = Field(default=(), max_length=64)
    sent_by: Sender | None = Field(
        default=None,
        description="Who sent it. Bookflow sets it, whatever the event says; it is left out where "
        "Bookflow itself is the sender",
    )
    booking: BookingFields | None = None
    customer: Customer | None = None
    activity: Activity | None = None
    location: Location | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_plain_ids(cls, detail: Any) -> Any:
        """Read `"customer": "c-1"` as a customer of whom the id is known."""
        if not isinstance(detail, dict):
            return detail
        ids = {
            name: {"id": detail[name]}
            for name in ("customer", "activity")
            if isinstance(detail.get(name), str | int)
        }
        return {**detail, **ids}

    def stamp(self, received_at: datetime | None = None) -> Stamp:
        """Return the event's place among all that state the same.

        Args:
            received_at: When it was first received; without it the sender's clock is trusted.
        """
        at = min(self.occurred_at, received_at) if received_at else self.occurred_at
        return Stamp(at, self.event_id, self.sequence or 0, begins=self.begins_booking)

    @property
    def reports_no_change(self) -> bool:
        """Whether it says itself that nothing changed, so that it starts nothing."""
        return False

    def stated_booking(self) -> BookingFields:
        """Return what the event says of the booking; the `booking` object is the base."""
        said = fields_set(self.booking) if self.booking else {}
        if self.customer:
            said["customer_id"] = self.customer.id
        if self.activity:
            said["activity_id"] = self.activity.id
        return BookingFields(**{**said, **self._stated()})

    def stated_records(self) -> tuple[Location | Booking | Customer | Activity, ...]:
        """Return the records that the event states, in part or whole.

        Raises:
            InvalidInputError: It describes another location or booking than the one it names.
        """
        if self.location is not None and self.location.id != self.location_id:
            raise InvalidInputError(
                "is another location than the event's",
                field="detail.location.id",
                remedy="Send the location whose id is location_id, or leave it out.",
            )
        booking = None
        if self.booking_id is not None:
            said = self.stated_booking()
            if said.id not in {None, self.booking_id}:
                raise InvalidInputError(
                    "is another booking than the event's",
                    field="detail.booking.id",
                    remedy="Send the booking whose id is booking_id, or leave its id out.",
                )
            booking = Booking(**{**fields_set(said), "id": self.booking_id})
        customer = None if self.customer and is_erased(self.customer.id) else self.customer
        records = (self.location, booking, customer, self.activity)
        return tuple(record for record in records if record is not None)

    def _stated(self) -> dict[str, Any]:
        """Return the booking fields that this type of event states by itself."""
        return {}

    def derived(self, booking: Booking | None) -> tuple[type[Event], ...]:
        """Return the event types that this event amounts to besides its own.

        Args:
            booking: The booking as it stands after this event.
        """
        return ()

    def completed(self, context: BookingContext) -> Event:
        """Return the event with what the records add to it."""
        return self

    @classmethod
    def derived_from(cls, event: Event, context: BookingContext) -> Event | None:
        """Return another event read as this type, completed from the records.

        None if the two together lack a required field or the customer.
        """
        known, said = cls._from_records(context), event.model_dump(exclude_unset=True)
        for name in ("customer", "activity"):
            if said.get(name) and said[name]["id"] == known.get(name, {}).get("id"):
                known[name] = said[name] = {**known[name], **said[name]}
        detail = {**known, **said, **cls._from_event(event, context)}
        if "customer" not in detail:
            return None
        try:
            return cls.model_validate(detail)
        except ValidationError:
            return None

    @classmethod
    def _from_records(cls, context: BookingContext) -> dict[str, Any]:
        """Return this type's fields that the records know."""
        booking = fields_set(context.booking) if context.booking else {}
        names = cls.model_fields.keys() - Event.model_fields.keys()
        found = {name: booking[name] for name in names if booking.get(name) is not None}
        for name in ("customer", "activity"):
            record = getattr(context, name)
            if record is not None:
                found[name] = record.model_dump(exclude_unset=True)
        return found

    @classmethod
    def _from_event(cls, event: Event, context: BookingContext) -> dict[str, Any]:
        """Return this type's fields that the other event knows by another name."""
        return {}


class BookingEvent(Event):
    """An event about one booking, which must be named."""

    booking_id: ExternalId = Field(description="Id of the booking", examples=["bk-4711"])
