"""One-time schedules in EventBridge Scheduler: the port `Schedules`."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bookflow.adapters.aws_errors import aws_errors, error_code
from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.domain.events.sender import OWN_SOURCE
from bookflow.ports import ReminderSchedule

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

DELIVERY = {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 185}
"""How long a firing tries to reach the queue: a reminder that is later than an hour goes to the
dead-letter queue, where a person decides."""

_AT = re.compile(r"^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$")

_REMEDIES = {
    "ServiceQuotaExceededException": "Ask AWS for a higher quota of schedules in this Region.",
    "ValidationException": "Report it: Bookflow made a schedule that AWS rejects.",
}


class TokenBucket:
    """Lets calls pass at a steady rate, with a burst of one second's calls.

    Args:
        per_second: The rate.
        monotonic: A clock in seconds that never goes back.
        sleep: Waits for some seconds.
    """

    def __init__(
        self,
        per_second: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = max(1, per_second)
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = float(self._rate)
        self._filled_at = monotonic()

    def take(self, tokens: int = 1) -> None:
        """Take tokens; wait until there are so many."""
        with self._lock:
            now = self._monotonic()
            gained = (now - self._filled_at) * self._rate
            self._tokens = min(float(self._rate), self._tokens + gained) - tokens
            self._filled_at = now
            wait = -self._tokens / self._rate
        if wait > 0:
            self._sleep(wait)


class EventBridgeSchedules:
    """Makes, moves and deletes schedules of one group; each puts one event on the event queue.

    Args:
        client: An EventBridge Scheduler client; it may repeat a request, as names are unique.
        group: The schedule group of the stack.
        queue_arn: Queue that the events go to.
        role_arn: Role that may put them there.
        dead_letter_arn: Queue for events that could not be put there.
        calls_per_second: Rate of calls of this process. Two processes plan pages at once beside
            the dispatchers, and a Region takes at least 250 calls a second each to create, update,
            delete and get schedules (AWS, "Quotas for Amazon EventBridge Scheduler"). It takes
            fewer lists, so a page of one counts as four calls.
        bucket: Paces the calls instead, in tests.
    """

    def __init__(
        self,
        client: EventBridgeSchedulerClient,
        *,
        group: str,
        queue_arn: str,
        role_arn: str,
        dead_letter_arn: str,
        calls_per_second: int = 100,
        bucket: TokenBucket | None = None,
    ) -> None:
        self._client = client
        self._group = group
        self._queue_arn = queue_arn
        self._role_arn = role_arn
        self._dead_letter_arn = dead_letter_arn
        self._bucket = bucket or TokenBucket(calls_per_second)

    def put(self, schedule: ReminderSchedule, *, exists: bool) -> None:
        """Create the schedule or move it: one call if `exists` is right, else two."""
        first, second = (self._update, self._create) if exists else (self._create, self._update)
        request = self._request(schedule)
        if not first(request) and not second(request):
            # Made and deleted between the two calls: somebody plans the same reminder.
            first(request)

    def delete(self, name: str) -> None:
        """Delete the schedule; a missing one is no error."""
        self._bucket.take()
        with aws_errors("Deleting a reminder's schedule"):
            try:
                self._client.delete_schedule(GroupName=self._group, Name=name)
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise

    def get(self, name: str) -> ReminderSchedule | None:
        """Return the schedule as it stands, with an empty detail if it is none of ours."""
        self._bucket.take()
        with aws_errors("Reading a reminder's schedule"):
            try:
                answer = self._client.get_schedule(GroupName=self._group, Name=name)
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                return None
        return ReminderSchedule(
            name=name,
            at=_moment(answer["ScheduleExpression"]),
            detail=_detail(answer["Target"].get("Input", "")),
        )

    def names(self, prefix: str) -> Iterator[str]:
        """Return the names that begin so."""
        request: dict[str, Any] = {"GroupName": self._group, "NamePrefix": prefix}
        while True:
            self._bucket.take(tokens=4)
            with aws_errors("Listing the reminders' schedules"):
                page = self._client.list_schedules(**request, MaxResults=100)
            for schedule in page["Schedules"]:
                yield schedule["Name"]
            if "NextToken" not in page:
                return
            request["NextToken"] = page["NextToken"]

    def _create(self, request: Mapping[str, Any]) -> bool:
        """Create the schedule and say whether there was none of that name."""
        self._bucket.take()
        with aws_errors("Creating a reminder's schedule", _REMEDIES):
            try:
                self._client.create_schedule(**request)
            except ClientError as error:
                if error_code(error) != "ConflictException":
                    raise
                return False
        return True

    def _update(self, request: Mapping[str, Any]) -> bool:
        """Move the schedule and say whether there was one of that name."""
        self._bucket.take()
        with aws_errors("Moving a reminder's schedule", _REMEDIES):
            try:
                self._client.update_schedule(**request)
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                return False
        return True

    def _request(self, schedule: ReminderSchedule) -> dict[str, Any]:
        """Return the whole schedule: an update resets what it does not name."""
        return {
            "Name": schedule.name,
            "GroupName": self._group,
            "ScheduleExpression": f"at({schedule.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "State": "ENABLED",
            "Target": {
                "Arn": self._queue_arn,
                "RoleArn": self._role_arn,
                "Input": _envelope(schedule),
                "RetryPolicy": DELIVERY,
                "DeadLetterConfig": {"Arn": self._dead_letter_arn},
            },
        }


def _envelope(schedule: ReminderSchedule) -> str:
    """Return the event in the form in which a rule of EventBridge puts one on a queue."""
    envelope = {
        "detail-type": BookingReminder.detail_type,
        "source": OWN_SOURCE,
        "detail": schedule.detail,
    }
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


def _detail(text: str) -> Mapping[str, Any]:
    try:
        detail = json.loads(text)["detail"]
    except (ValueError, KeyError, TypeError):
        return {}
    return detail if isinstance(detail, dict) else {}


def _moment(expression: str) -> datetime:
    """Return the time of an `at` expression; one of another kind counts as long past."""
    found = _AT.match(expression)
    moment = datetime.fromisoformat(found[1]) if found else datetime.min
    return moment.replace(tzinfo=UTC)
