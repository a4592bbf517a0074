"""What all events share: who says what happened, where and when, and what caused it."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bookflow.domain.bookings import Activity, BookingFields, Customer, Location, fields_set
from bookflow.domain.errors import PermanentError
from bookflow.domain.values import ExternalId, Moment

MAX_CHAIN = 8
"""Workflows that may cause one another in a row (design, "Effects happen once")."""


class UnwantedEventError(PermanentError):
    """No workflow can ever want the event: it is acknowledged, not kept for a person."""


class TriggerConfig(BaseModel):
    """The settings of a trigger node beside its event type; most triggers have none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: str = Field(
        description="The event that starts the workflow", examples=["Booking Created"]
    )


class Event(BaseModel):
    """The `detail` of an event on the bus. Unknown fields are kept and reachable.

    Attributes:
        event_id: Chosen by the sender, the same in each repeat; it makes a start happen once.
        occurred_at: When it happened in the booking system (RFC 3339 with offset).
        causation_chain: Ids of the workflows whose effects led here, the first cause first.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    detail_type: ClassVar[str]
    description: ClassVar[str]
    config: ClassVar[type[TriggerConfig]] = TriggerConfig

    event_id: ExternalId = Field(description="Id of the event", examples=["ev-10293"])
    location_id: ExternalId = Field(description="Id of the location", examples=["spree-kayaks"])
    occurred_at: Moment = Field(description="When it happened")
    booking_id: ExternalId | None = Field(
        default=None, description="Id of the booking", examples=["bk-4711"]
    )
    causation_chain: tuple[ExternalId, ...] = Field(default=(), max_length=64)
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

    def stated_booking(self) -> BookingFields:
        """Return what the event says of the booking; the `booking` object is the base."""
        said = fields_set(self.booking) if self.booking else {}
        if self.customer:
            said["customer_id"] = self.customer.id
        if self.activity:
            said["activity_id"] = self.activity.id
        return BookingFields(**{**said, **self._stated()})

    def _stated(self) -> dict[str, Any]:
        """Return the booking fields that this type of event states by itself."""
        return {}

    def as_type(self, model: type[Event]) -> Event:
        """Return this event read as another type that it amounts to (see `derived`)."""
        return model.model_validate(self.model_dump(exclude_unset=True))

    def derived(self) -> tuple[type[Event], ...]:
        """Return the further event types that this event amounts to."""
        return ()


class BookingEvent(Event):
    """An event about one booking, which must be named."""

    booking_id: ExternalId = Field(description="Id of the booking", examples=["bk-4711"])
