"""Reminders, their jobs and the locations that have any, in DynamoDB: the port `ReminderStore`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from bookflow.adapters.dynamodb.base.documents import decode, decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, booking_key, partition, utc_text, workflow_key
from bookflow.adapters.dynamodb.base.table import (
    ConditionFailedError,
    Expression,
    Item,
    Put,
    TableStore,
    time_to_live,
    unchanged_since,
)
from bookflow.domain.bookings.records import Booking
from bookflow.domain.reminders.jobs import ReminderJob
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.ports import PlannedReminder, UpcomingBooking

_REMINDER = "REMINDER#"
_JOB = "REMINDER_JOB"

_LOCATIONS = "REMINDERS"
"""Partition of the locations that the nightly check visits: the one that belongs to no location."""

_AFTER_ALL = "~"
"""Sorts behind every time."""


class DynamoDBReminders(TableStore):
    """Keeps each reminder beside its booking, and the latest job beside its workflow."""

    def get(self, key: ReminderKey) -> Reminder | None:
        """Return the record (consistent)."""
        item = self.table.get(_key(key))
        return _reminder(item) if item else None

    def of_booking(self, location_id: str, booking_id: str) -> Sequence[Reminder]:
        """Return the records of a booking (consistent)."""
        pk = booking_key(location_id, booking_id).pk
        return [_reminder(item) for item in self.table.query(pk, begins_with=_REMINDER)]

    def save(self, reminder: Reminder) -> bool:
        """Store the record if the stored revision is the one before it; say whether it was."""
        key = _key(reminder.key)
        item = {
            **key.attributes,
            "revision": reminder.revision,
            "settled": reminder.settled,
            "scheduled": reminder.scheduled,
            "expires_at": time_to_live(reminder.expires_at),
            "data": encode_model(reminder),
        }
        if reminder.is_planned and reminder.fire_at is not None:
            item["GSI1PK"] = _planned_list(reminder.location_id)
            item["GSI1SK"] = f"{utc_text(reminder.fire_at)}#{reminder.booking_id}"
        try:
            self.table.put(Put(item, unchanged_since(reminder.revision - 1)))
        except ConditionFailedError as error:
            # A repeat of this very write, such as botocore makes after a lost answer.
            return error.found is not None and _reminder(error.found) == reminder
        return True

    def settle(self, reminder: Reminder) -> Reminder | None:
        """Note that the schedule is as this record wants it, unless the record has changed."""
        change = Expression(
            "SET #settled = :yes, #scheduled = :scheduled",
            {":yes": True, ":scheduled": reminder.is_planned},
        )
        condition = unchanged_since(reminder.revision)
        try:
            return _reminder(self.table.update(_key(reminder.key), change, condition))
        except ConditionFailedError as error:
            return _reminder(error.found) if error.found else None

    def upcoming(
        self,
        location_id: str,
        workflow_ids: Iterable[str],
        *,
        since: datetime,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[UpcomingBooking]:
        """Return bookings that start at or after `since`: a query and two batch reads a page."""
        pk = partition(location_id, "BOOKINGS")
        between = (request.position or utc_text(since), _AFTER_ALL)
        listed = list(self.table.query(pk, index="GSI1", between=between, limit=request.limit))
        keys = [Key(item["PK"], item["SK"]) for item in listed]
        records = self._records(keys, sorted(set(workflow_ids)))
        items = self.table.get_many(keys)
        bookings = [
            UpcomingBooking(_booking(items[key]), records.get(key.pk, {}))
            for key in keys
            if key in items
        ]
        # No id holds a space, so this key lies behind the last one and before any other.
        after = f"{listed[-1]['GSI1SK']} " if len(listed) == request.limit else None
        return Page(bookings, after)

    def planned(
        self, location_id: str, since: datetime, until: datetime, limit: int
    ) -> Sequence[PlannedReminder]:
        """Return the reminders planned for that time, from the keys of the index (one call)."""
        between = (utc_text(since), f"{utc_text(until)}{_AFTER_ALL}")
        listed = self.table.query(
            _planned_list(location_id), index="GSI1", between=between, limit=limit
        )
        return [_planned(item) for item in listed]

    def job(self, location_id: str, workflow_id: str) -> ReminderJob | None:
        """Return the workflow's latest job."""
        item = self.table.get(_job_key(location_id, workflow_id))
        return decode_model(ReminderJob, item["data"]) if item else None

    def begin_job(self, job: ReminderJob) -> None:
        """Store a new job in place of the workflow's earlier one, and remember the location."""
        self.table.put(Put({"PK": _LOCATIONS, "SK": job.location_id}))
        self.table.put(_put_job(job))

    def advance_job(self, job: ReminderJob) -> bool:
        """Store the progress if this job's stored revision is the one before it."""
        condition = Expression(
            "#job_id = :job_id AND #revision = :revision",
            {":job_id": job.id, ":revision": job.revision - 1},
        )
        try:
            self.table.put(_put_job(job, condition))
        except ConditionFailedError as error:
            return error.found is not None and error.found["data"] == encode_model(job)
        return True

    def locations(self) -> Iterator[str]:
        """Return the locations that have ever had a reminder workflow."""
        for item in self.table.query(_LOCATIONS):
            yield item["SK"]

    def _records(
        self, bookings: Sequence[Key], workflow_ids: Sequence[str]
    ) -> Mapping[str, Mapping[str, Reminder]]:
        keys = [
            Key(booking.pk, f"{_REMINDER}{workflow_id}")
            for booking in bookings
            for workflow_id in workflow_ids
        ]
        found: dict[str, dict[str, Reminder]] = {}
        for key, item in self.table.get_many(keys).items():
            reminder = _reminder(item)
            found.setdefault(key.pk, {})[reminder.workflow_id] = reminder
        return found


def _key(key: ReminderKey) -> Key:
    return Key(booking_key(key.location_id, key.booking_id).pk, f"{_REMINDER}{key.workflow_id}")


def _reminder(item: Item) -> Reminder:
    return decode_model(
        Reminder, item["data"], settled=item["settled"], scheduled=item["scheduled"]
    )


def _planned_list(location_id: str) -> str:
    return partition(location_id, "REMINDERS")


def _planned(item: Item) -> PlannedReminder:
    moment, _, booking_id = item["GSI1SK"].partition("#")
    return PlannedReminder(
        datetime.fromisoformat(moment), booking_id, item["SK"].removeprefix(_REMINDER)
    )


def _booking(item: Item) -> Booking:
    return Booking.model_validate(decode(item["data"])["record"])


def _job_key(location_id: str, workflow_id: str) -> Key:
    return Key(workflow_key(location_id, workflow_id).pk, _JOB)


def _put_job(job: ReminderJob, condition: Expression | None = None) -> Put:
    key = _job_key(job.location_id, job.workflow_id)
    item = {
        **key.attributes,
        "job_id": job.id,
        "revision": job.revision,
        "data": encode_model(job),
    }
    return Put(item, condition)
