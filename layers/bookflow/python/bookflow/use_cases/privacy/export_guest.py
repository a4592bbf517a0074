"""Exports all that a location holds of a guest: the person, and page by page the bookings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookflow.domain.bookings.erased_guests import guest_digest
from bookflow.domain.bookings.records import Booking, Customer
from bookflow.domain.executions.execution import Execution
from bookflow.domain.messages.suppression import Suppression
from bookflow.domain.privacy.erasure import Erasure
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.shared.records import StoredModel
from bookflow.ports import Ports
from bookflow.use_cases.privacy.guest_records import GuestRecords


@dataclass(frozen=True)
class GuestExport:
    """What a location holds of a guest.

    Attributes:
        erasure: If the guest was erased lately: bookings without the person are all that is left.
        bookings: A page of bookings, each with all that hangs on it.
    """

    customer: Customer | None
    suppressions: Sequence[Suppression]
    erasure: Erasure | None
    bookings: Page[Mapping[str, Any]]


def export_guest(
    ports: Ports, location_id: str, customer_id: str, request: PageRequest = FIRST_PAGE
) -> GuestExport:
    """Return the person and a page of bookings.

    Raises:
        NotFoundError: The location holds nothing of such a guest.
    """
    records = GuestRecords(ports, location_id)
    customer = ports.bookings.customer(location_id, customer_id)
    page = ports.bookings.bookings_of(location_id, customer_id, request)
    erasure = ports.erasures.get(location_id, guest_digest(location_id, customer_id))
    if customer is None and not page.items and erasure is None:
        raise NotFoundError("there is no such guest in this location", field="customer_id")
    return GuestExport(
        customer=customer,
        suppressions=records.suppressions(customer) if customer else (),
        erasure=erasure,
        bookings=page.holding([_exported(ports, records, each) for each in page.items]),
    )


def _exported(ports: Ports, records: GuestRecords, booking: Booking) -> Mapping[str, Any]:
    location_id, booking_id = records.location_id, booking.id
    tasks = records.tasks(booking_id)
    asked = ports.surveys.of_booking(location_id, booking_id)
    edits = ports.bookings.in_hand(location_id, booking_id).edited
    texts = [ports.templates.edited(location_id, booking_id, each.text_id) for each in edits]
    return {
        "booking": booking.model_dump(mode="json", exclude_unset=True),
        "notes": _dumped(records.notes(booking_id)),
        "tasks": [
            {**_dump(task), "audit": _dumped(records.audit("tasks", task.id))} for task in tasks
        ],
        "survey_invitations": _dumped([each.invitation for each in asked if each.invitation]),
        "survey_answers": _dumped([each.response for each in asked if each.response]),
        "edited_messages": _dumped([text for text in texts if text]),
        "reminders": _dumped(ports.reminders.of_booking(location_id, booking_id)),
        "executions": [
            {
                **_dump(execution),
                "steps": _dumped(ports.executions.steps(location_id, execution.id)),
                "messages": _messages(ports, records, execution),
                "audit": _dumped(records.audit("executions", execution.id)),
            }
            for execution in records.executions(booking_id)
        ],
    }


def _messages(ports: Ports, records: GuestRecords, execution: Execution) -> list[Mapping[str, Any]]:
    """Return what an execution sent, with the texts."""
    sent = list(records.messages(execution))
    owner = execution.owner
    bodies = ports.messages.bodies(records.location_id, owner, [each.id for each in sent])
    return [
        {**_dump(each), "body": _dump(bodies[each.id]) if each.id in bodies else None}
        for each in sent
    ]


def _dump(record: StoredModel) -> dict[str, Any]:
    return record.model_dump(mode="json")


def _dumped(records: Sequence[StoredModel]) -> list[Mapping[str, Any]]:
    return [_dump(each) for each in records]
