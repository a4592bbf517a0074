"""Reads what hangs on a guest's bookings, whole: for the export and the erasure alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import get_args

from bookflow.domain.audit import AuditEntry
from bookflow.domain.bookings.records import Customer
from bookflow.domain.executions.execution import Execution
from bookflow.domain.messages.suppression import Suppression, address_hash, usable_address
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, Page, each_of
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task, TaskStatus
from bookflow.ports import Ports

EXECUTIONS_READ_AT_ONCE = 10
"""Each may hold 128 KiB of event."""


class GuestRecords:
    """The records of a location's guests; a record made a moment ago may be missing."""

    def __init__(self, ports: Ports, location_id: str) -> None:
        self._ports = ports
        self.location_id = location_id

    def executions(self, booking_id: str) -> Iterator[Execution]:
        """Yield the executions of a booking, the newest first."""
        return each_of(
            lambda position: self._ports.executions.page(
                self.location_id,
                booking_id=booking_id,
                limit=EXECUTIONS_READ_AT_ONCE,
                position=position,
            )
        )

    def notes(self, booking_id: str) -> Sequence[Note]:
        """Return the notes on a booking."""
        list_page = partial(self._ports.notes.list, self.location_id, booking_id)
        return list(each_of(lambda position: list_page(position=position)))

    def tasks(self, booking_id: str) -> Sequence[Task]:
        """Return the tasks about a booking, open and completed."""
        return [
            task
            for status in get_args(TaskStatus)
            for task in each_of(partial(self._task_page, booking_id, status))
        ]

    def audit(self, kind: str, resource_id: str) -> Sequence[AuditEntry]:
        """Return the audit log's entries of a thing, those that say to which values it changed."""
        list_page = partial(
            self._ports.audit.page,
            self.location_id,
            kind=kind,
            resource_id=resource_id,
            limit=MAX_PAGE_SIZE,
        )
        entries = each_of(lambda position: list_page(position=position))
        return [each for each in entries if each.before is not None or each.after is not None]

    def suppressions(self, customer: Customer) -> Sequence[Suppression]:
        """Return the suppressions of a customer's addresses."""
        location = self._ports.bookings.location(self.location_id).effective
        country = location.country if location else None
        written = [text for text in (customer.email, customer.phone) if text]
        usable = [usable_address(text, country) for text in written]
        hashes = [address_hash(self.location_id, address) for address in usable if address]
        return list(self._ports.suppressions.find(self.location_id, hashes).values())

    def _task_page(self, booking_id: str, status: TaskStatus, position: str | None) -> Page[Task]:
        return self._ports.tasks.list(
            self.location_id, status=status, booking_id=booking_id, position=position
        )
