"""Reads what hangs on a guest's bookings, whole: for the export and for the erasure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import get_args

from bookflow.domain.audit import AuditEntry
from bookflow.domain.bookings.records import Customer
from bookflow.domain.executions.execution import Execution
from bookflow.domain.messages.sent.sent_message import SentMessage
from bookflow.domain.messages.suppression import Suppression, address_hash, addresses_of
from bookflow.domain.shared.pagination import Page, PageRequest, pages
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task, TaskStatus
from bookflow.ports import ExecutionFilter, Ports, TaskFilter


class GuestRecords:
    """The records of a location's guests; a record made a moment ago may be missing."""

    def __init__(self, ports: Ports, location_id: str) -> None:
        self._ports = ports
        self.location_id = location_id

    def executions(self, booking_id: str) -> Iterator[Execution]:
        """Yield the executions of a booking, the newest first."""
        wanted = ExecutionFilter(booking_id=booking_id)
        read = partial(self._ports.executions.page, self.location_id, wanted)
        return (each for page in pages(read) for each in page.items)

    def messages(self, execution: Execution) -> Iterator[SentMessage]:
        """Yield the messages that an execution sent, without their texts."""
        owner = execution.owner
        read = partial(self._ports.messages.list, self.location_id, owner)
        messages = (each for page in pages(read) for each in page.items)
        return (each for each in messages if each.execution_id == execution.id)

    def notes(self, booking_id: str) -> Sequence[Note]:
        """Return the notes on a booking."""
        read = partial(self._ports.notes.list, self.location_id, booking_id)
        return [note for page in pages(read) for note in page.items]

    def tasks(self, booking_id: str) -> Sequence[Task]:
        """Return the tasks about a booking, open and completed."""
        lists = [TaskFilter(status, booking_id=booking_id) for status in get_args(TaskStatus)]
        return [
            task
            for wanted in lists
            for page in pages(partial(self._ports.tasks.list, self.location_id, wanted))
            for task in page.items
        ]

    def audit(self, kind: str, resource_id: str) -> Sequence[AuditEntry]:
        """Return the audit log's entries of a thing, those that say to which values it changed."""

        def read(request: PageRequest) -> Page[AuditEntry]:
            return self._ports.audit.page(
                self.location_id, kind=kind, resource_id=resource_id, request=request
            )

        entries = [each for page in pages(read) for each in page.items]
        return [each for each in entries if each.before is not None or each.after is not None]

    def suppressions(self, customer: Customer) -> Sequence[Suppression]:
        """Return the suppressions of a customer's addresses."""
        location = self._ports.bookings.location(self.location_id).effective
        country = location.country if location else None
        hashes = [
            address_hash(self.location_id, address) for address in addresses_of(customer, country)
        ]
        return list(self._ports.suppressions.find(self.location_id, hashes).values())
