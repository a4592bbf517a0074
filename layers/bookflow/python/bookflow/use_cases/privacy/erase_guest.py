"""Erases a guest, booking by booking: what says who it was goes, what statistics need stays.

Whatever is done may be done again. So a page that broke off is begun anew, and all pages are
looked through a second time for what was under way at the first: steps that ended, events that
had been read, and records that an index did not show yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from bookflow.domain.bookings.erased_guests import guest_digest, pseudonym
from bookflow.domain.executions.execution import Execution, ExecutionStatus
from bookflow.domain.privacy.erased_records import (
    ERASED,
    erased_entry,
    erased_execution,
    erased_response,
    erased_step,
    erased_suppression,
)
from bookflow.domain.privacy.erasure import (
    LOOKED_AT_AGAIN_AFTER,
    REFUSED_FOR,
    Erasure,
    ErasureState,
)
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)
from bookflow.domain.shared.pagination import PageRequest
from bookflow.ports import Ports
from bookflow.use_cases.begin_job import begin_job
from bookflow.use_cases.executions.cancel import cancel_execution
from bookflow.use_cases.privacy.guest_records import GuestRecords
from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner

PAGE = 10
"""Bookings of one message: with ten executions of ten steps each, some 2,500 calls of DynamoDB."""

SETTLING_SECONDS = 5
"""Wait before the first page: the erasure is stored by then, and the index shows what was recorded
before it."""


class GuestEraser:
    """The erasures of a location's guests."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def request(self, location_id: str, customer_id: str) -> Erasure:
        """Begin the erasure of a guest, or return the one that is under way.

        From now on events bring nothing of the person in.

        Raises:
            NotFoundError: The location holds nothing of such a guest.
            ConflictError: Another call began it at the same moment.
        """
        stored = self._stored(location_id, customer_id)
        now = self._ports.clock.now()
        if stored is not None and stored.as_of_now(now).is_under_way:
            return stored
        if stored is None and not self._knows(location_id, customer_id):
            raise NotFoundError("there is no such guest in this location", field="customer_id")
        erasure = Erasure(
            location_id=location_id,
            guest=guest_digest(location_id, customer_id),
            started_at=now,
            updated_at=now,
            expires_at=now + REFUSED_FOR,
            revision=(stored.revision if stored else 0) + 1,
        )
        if begin_job(
            self._ports,
            _message(erasure, customer_id),
            lambda: self._ports.erasures.save(erasure),
            settling=SETTLING_SECONDS,
        ):
            return erasure
        begun = self._stored(location_id, customer_id)
        if begun is None:
            raise ConflictError("another erasure of the guest came first", field="customer_id")
        return begun

    def get(self, location_id: str, customer_id: str) -> Erasure:
        """Return the latest erasure of a guest.

        Raises:
            NotFoundError: The guest was not erased in the last 30 days.
        """
        stored = self._stored(location_id, customer_id)
        now = self._ports.clock.now()
        if stored is None or stored.expires_at <= now:
            raise NotFoundError("the guest was not erased lately", field="customer_id")
        return stored.as_of_now(now)

    def run_page(self, message: Mapping[str, Any]) -> Erasure | None:
        """Erase the next page of a message's guest; return the erasure, None if it is over.

        Raises:
            TransientError: The page has to be done again; what is done stays done.
            InvalidInputError: The message names no guest.
        """
        location_id, customer_id, erasure = self._of(message)
        if erasure is None:
            return None
        if message.get("passes") != erasure.passes:
            # Its function died between the end of that pass and the message for the next.
            self._go_on(erasure, customer_id)
            return erasure
        page = self._ports.bookings.bookings_of(
            location_id, customer_id, PageRequest(PAGE, erasure.cursor)
        )
        records, guest = GuestRecords(self._ports, location_id), pseudonym(location_id, customer_id)
        counts: Counter[str] = Counter()
        for booking in page.items:
            counts += self._erase_booking(records, booking.id, guest)
        final = 0
        if page.position is None:
            final = self._erase_person(records, customer_id)
        now = self._ports.clock.now()
        after = erasure.advanced(page.position, counts, final=final, now=now)
        if not self._ports.erasures.save(after):
            return None
        self._go_on(after, customer_id)
        return after

    def fail(self, message: Mapping[str, Any], error: Exception) -> None:
        """Record that an erasure was given up, so that nobody waits for it.

        Raises:
            InvalidInputError: The message names no guest.
        """
        _, _, erasure = self._of(message)
        if erasure is not None:
            self._ports.erasures.save(erasure.failed(error, self._ports.clock.now()))

    def _of(self, message: Mapping[str, Any]) -> tuple[str, str, Erasure | None]:
        """Return whom a message is about, and the erasure unless it is another or over."""
        location_id, customer_id = message.get("location_id"), message.get("erase")
        if not (isinstance(location_id, str) and isinstance(customer_id, str)):
            raise InvalidInputError(
                "is missing", field="erase", remedy="It is no message of an erasure."
            )
        erasure = self._stored(location_id, customer_id)
        if erasure is None or erasure.state is ErasureState.COMPLETED:
            return location_id, customer_id, None
        if message.get("started_at") != erasure.started_at.isoformat():
            return location_id, customer_id, None
        return location_id, customer_id, erasure

    def _go_on(self, erasure: Erasure, customer_id: str) -> None:
        if erasure.is_under_way:
            wait = LOOKED_AT_AGAIN_AFTER if erasure.cursor is None else timedelta(0)
            message = _message(erasure, customer_id)
            self._ports.reminder_jobs.send(message, delay_seconds=int(wait.total_seconds()))

    def _stored(self, location_id: str, customer_id: str) -> Erasure | None:
        return self._ports.erasures.get(location_id, guest_digest(location_id, customer_id))

    def _knows(self, location_id: str, customer_id: str) -> bool:
        bookings = self._ports.bookings
        if bookings.customer(location_id, customer_id) is not None:
            return True
        return bool(bookings.bookings_of(location_id, customer_id, PageRequest(1)).items)

    def _erase_booking(self, records: GuestRecords, booking_id: str, guest: str) -> Counter[str]:
        """Erase the guest from a booking and from all that hangs on it; return what there was."""
        ports, location_id = self._ports, records.location_id
        counts: Counter[str] = Counter()
        # The booking first: a reminder or step that begins meanwhile finds nobody to write to.
        counts["bookings"] += ports.bookings.erase_booking(location_id, booking_id, guest)
        ReminderPlanner(ports).plan(location_id, booking_id)
        counts["messages"] += self._erase_edits(location_id, booking_id)
        for execution in records.executions(booking_id):
            counts += self._erase_execution(records, execution, guest)
        for note in records.notes(booking_id):
            ports.notes.delete(note)
            counts["notes"] += 1
        for task in records.tasks(booking_id):
            counts["audit_entries"] += self._erase_audit(records, "tasks", task.id)
            ports.tasks.delete(task)
            counts["tasks"] += 1
        for asked in ports.surveys.of_booking(location_id, booking_id):
            if asked.response is not None:
                response = erased_response(asked.response)
                if response != asked.response:
                    ports.surveys.overwrite(response)
                    counts["answers"] += 1
            if asked.invitation is not None:
                ports.surveys.withdraw(asked.invitation)
        return counts

    def _erase_edits(self, location_id: str, booking_id: str) -> int:
        """Delete the messages that were written for the booking; return how many there were.

        A save that broke off, or that another one overtook, may have left a text that no edit names.
        """
        decided = self._ports.bookings.in_hand(location_id, booking_id)
        if decided.edited:
            without = decided.changed(edited=(), revision=decided.revision + 1)
            if not self._ports.bookings.save_in_hand(without):
                raise TransientError(
                    "Somebody decided about the booking's messages at this moment."
                )
        return self._ports.templates.delete_all_edited(location_id, booking_id)

    def _erase_execution(
        self, records: GuestRecords, execution: Execution, guest: str
    ) -> Counter[str]:
        location_id, execution_id = execution.location_id, execution.id
        is_open = not execution.status.is_final
        # An earlier try may have died between the record and the machine.
        if is_open or (execution.status is ExecutionStatus.CANCELLED and not execution.erased_at):
            with suppress(ConflictError):  # it came to its end meanwhile
                cancel_execution(self._ports, location_id, execution_id, message=ERASED)
        counts: Counter[str] = Counter()
        owner = execution.owner
        counts["effects"] += self._ports.effects.forget(owner)
        counts["messages"] += self._ports.messages.delete(location_id, owner)
        counts["audit_entries"] += self._erase_audit(records, "executions", execution_id)
        store = self._ports.executions
        ended, steps = store.get(location_id, execution_id), store.steps(location_id, execution_id)
        erased = erased_execution(ended, guest, self._ports.clock.now())
        changed = [after for each in steps if (after := erased_step(each)) != each]
        if erased is not ended or changed:
            store.overwrite(erased, changed)
            counts["executions"] += 1
        return counts

    def _erase_person(self, records: GuestRecords, customer_id: str) -> int:
        """Erase the customer, and addresses from the suppressions; return whether there was one."""
        ports, location_id = self._ports, records.location_id
        ports.marketing_counts.forget(location_id, guest_digest(location_id, customer_id))
        customer = ports.bookings.customer(location_id, customer_id)
        if customer is None:
            return 0
        for suppression in records.suppressions(customer):
            ports.suppressions.overwrite(erased_suppression(suppression))
            self._erase_audit(records, "suppressions", suppression.address_hash)
        return int(ports.bookings.erase_customer(location_id, customer_id))

    def _erase_audit(self, records: GuestRecords, kind: str, resource_id: str) -> int:
        entries = records.audit(kind, resource_id)
        for entry in entries:
            self._ports.audit.overwrite(erased_entry(entry))
        return len(entries)


def _message(erasure: Erasure, customer_id: str) -> dict[str, Any]:
    """Return the message that asks for the next page of an erasure."""
    return {
        "erase": customer_id,
        "location_id": erasure.location_id,
        "started_at": erasure.started_at.isoformat(),
        "passes": erasure.passes,
    }
