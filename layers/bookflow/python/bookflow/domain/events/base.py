"""What all events share: who says what happened, where and when, and what caused it."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bookflow.domain.bookings.records import (
    Activity,
    Booking,
    BookingFields,
    Customer,
    Location,
    fields_set,
    stamp,
)
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.values import Moment

MAX_CHAIN = 8
"""Workflows that may cause one another in a row (design, "Effects happen once")."""


class TriggerConfig(BaseModel):
    """The settings of a trigger node beside its event type; most triggers have none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: str = Field(
        description="The event that starts the workflow", examples=["Booking Created"]
    )


class Event(BaseModel):
    """The `detail` of an event on the bus. Unknown fields are stored and reachable.

    Attributes:
        event_id: Chosen by the sender, the same in each repeat; it makes a start happen once.
        occurred_at: When it happened in the booking system (RFC 3339 with offset).
        causation_chain: Ids of the workflows whose effects led here, the first cause first.
        icon: Name of the picture that the editor shows; for one it does not know, a plain one.
        summary: The trigger's settings in a few words; `{offset_unit}` stands for that setting.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    detail_type: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    begins_booking: ClassVar[bool] = False
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

    @property
    def stamp(self) -> str:
        """The event's place among all that state the same."""
        return stamp(self.occurred_at, self.event_id, begins=self.begins_booking)

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
        records = (self.location, booking, self.customer, self.activity)
        return tuple(record for record in records if record is not None)

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
