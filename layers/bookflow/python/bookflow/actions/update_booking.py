"""Update Booking: changes a booking's status and reports it to the booking system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from bookflow.actions.base import Action, ActionConfig, StepSkipped
from bookflow.domain.bookings.records import Customer
from bookflow.domain.bookings.statuses import BookingStatus, Status, targets
from bookflow.domain.catalogue.variables import Variable
from bookflow.domain.events.booking_cancelled import BookingCancelled
from bookflow.domain.events.booking_completed import BookingCompleted
from bookflow.domain.events.booking_status_changed import BookingStatusChanged
from bookflow.domain.executions.authorship import author, effect_id
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.errors import PermanentError
from bookflow.ports import OutgoingEvent

if TYPE_CHECKING:
    from bookflow.domain.bookings.records import BookingStatusChange
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.domain.events import Event
    from bookflow.ports import Once

_STATUSES = tuple(status.value for status in BookingStatus)

_CHOICES = [status.value for status in BookingStatus if status is not BookingStatus.DRAFT]


def _no_draft(status: BookingStatus) -> BookingStatus:
    if status is BookingStatus.DRAFT:
        raise ValueError(
            f"a booking cannot become a draft again; use one of: {', '.join(_CHOICES)}"
        )
    return status


class UpdateBookingConfig(ActionConfig):
    """Which field gets which value."""

    field: Literal["status"] = Field(
        default="status",
        title="Field",
        description="The booking's field to change",
        examples=["status"],
    )
    value: Annotated[
        Status, AfterValidator(_no_draft), WithJsonSchema({"type": "string", "enum": _CHOICES})
    ] = Field(
        title="New status",
        description="The new status; cancelled also sends Booking Cancelled, if the customer is "
        "known",
        examples=["confirmed"],
    )


@dataclass(frozen=True)
class DueChange:
    """A change of status that is due, or was made by an earlier try of this step.

    Attributes:
        change_id: Id of the change and of the event that reports it, the same in every try.
        old: The status that was read; the change is made only if it still stands.
        customer: The customer in Booking Cancelled, where the booking has a customer.
    """

    location_id: str
    booking_id: str
    old: BookingStatus
    new: BookingStatus
    change_id: str
    cancellation_id: str
    customer: Customer | None
    changed_by: str
    reason: str
    causation_chain: tuple[str, ...]
    now: datetime


class UpdateBooking(Action[UpdateBookingConfig, DueChange]):
    """Sets a booking's status (product text, "Update Booking")."""

    type = "update_booking"
    title = "Update booking"
    description = "Changes the booking's status, such as to confirmed."
    icon = "change"
    summary = "→ {value}"
    config_model = UpdateBookingConfig
    writes_status = True
    outputs = (
        Variable("output.booking_id", "string", "Id of the booking", "bk-4711"),
        Variable("output.old_status", "string", "Status before", "pending", choices=_STATUSES),
        Variable("output.new_status", "string", "Status since", "confirmed", choices=_STATUSES),
        Variable("output.events", "list", "The events that report it", ["Booking Status Changed"]),
    )

    def plan(self, config: UpdateBookingConfig, scope: Scope) -> DueChange:
        """Return the change.

        Raises:
            StepSkipped: The booking has the status already, and not by this step.
            PermanentError: There is no booking, its status is unknown, or it cannot become the
                new one.
        """
        booking = scope.context.booking
        if booking is None:
            raise PermanentError(
                "There is no booking to update: this event has no known booking.",
                remedy="Start the workflow by an event about a booking.",
            )
        if booking.status is None:
            raise PermanentError(
                "The booking's status is not known, so there is nothing to change it from.",
                remedy="Let the booking system send the status with its events.",
            )
        error = _forbidden_change(booking.status, config.value)
        if error and not self.began(scope):
            raise error
        customer = scope.context.customer
        if customer is None and booking.customer_id:
            customer = Customer(id=booking.customer_id)
        return DueChange(
            location_id=scope.context.location.id,
            booking_id=booking.id,
            old=booking.status,
            new=config.value,
            change_id=_change_id(scope),
            cancellation_id=effect_id("ev-cancelled", scope.effect_key),
            customer=customer,
            changed_by=author(scope.execution),
            reason=f"Step {scope.node.name or scope.node.id} of the workflow",
            causation_chain=scope.causation_chain,
            now=scope.now,
        )

    def planned_output(self, plan: DueChange) -> Mapping[str, Any]:
        """Return the output with this booking's change."""
        return {
            **super().planned_output(plan),
            "booking_id": plan.booking_id,
            "old_status": plan.old.value,
            "new_status": plan.new.value,
        }

    def perform(self, plan: DueChange, once: Once) -> Mapping[str, Any]:
        """Change the status once, then put the events on the bus.

        The store makes a change of one id once, so no further memory of it is needed. Every try
        puts the same events with the same ids, which start nothing twice.

        Raises:
            ConflictError: The status changed since it was read.
        """
        change = self.ports.bookings.change_status(
            plan.location_id,
            plan.booking_id,
            plan.change_id,
            expected=plan.old,
            status=plan.new,
            at=plan.now,
        )
        events = _events(plan, change)
        self.ports.events.publish(
            OutgoingEvent(
                event.detail_type,
                event.model_dump(mode="json", exclude_unset=True),
            )
            for event in events
        )
        return {
            "booking_id": plan.booking_id,
            "old_status": change.old.value,
            "new_status": change.new.value,
            "events": [event.detail_type for event in events],
        }

    def began(self, scope: Scope) -> bool:
        """Return whether an earlier try of this step changed the booking."""
        booking = scope.context.booking
        if booking is None:
            return False
        location_id = scope.context.location.id
        made = self.ports.bookings.status_change(location_id, booking.id, _change_id(scope))
        return made is not None

    @classmethod
    def causes(cls, config: UpdateBookingConfig) -> frozenset[str]:
        """Return the events that the change may amount to.

        Booking Cancelled names a customer, so it is not sent of a booking without one.
        """
        also = {
            BookingStatus.CANCELLED: {BookingCancelled.detail_type},
            BookingStatus.COMPLETED: {BookingCompleted.detail_type},
        }.get(config.value, set())
        return frozenset({BookingStatusChanged.detail_type, *also})


def _change_id(scope: Scope) -> str:
    return effect_id("ev", scope.effect_key)


def _forbidden_change(old: BookingStatus, new: BookingStatus) -> Exception | None:
    """Return why the status cannot be changed, to be raised; None if it can."""
    if old is new:
        return StepSkipped(ReasonCode.NO_CHANGE, f"The booking's status is {new} already.")
    allowed = targets(old)
    if new in allowed:
        return None
    names = ", ".join(sorted(status.value for status in allowed))
    return PermanentError(
        f"A booking that is {old} cannot become {new}; it can become {names}.",
        field="value",
        remedy="Put a condition on the booking's status before this step.",
    )


def _events(plan: DueChange, change: BookingStatusChange) -> tuple[Event, ...]:
    about: dict[str, Any] = {
        "location_id": plan.location_id,
        "booking_id": plan.booking_id,
        "reason": plan.reason,
        "occurred_at": change.at,
        "causation_chain": plan.causation_chain,
    }
    changed = BookingStatusChanged(
        event_id=change.id,
        old_status=change.old,
        new_status=change.new,
        changed_by=plan.changed_by,
        **about,
    )
    if plan.new is not BookingStatus.CANCELLED or plan.customer is None:
        return (changed,)
    cancelled = BookingCancelled(
        event_id=plan.cancellation_id,
        customer=plan.customer,
        cancelled_by=plan.changed_by,
        cancelled_at=change.at,
        **about,
    )
    return (changed, cancelled)
