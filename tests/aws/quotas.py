"""Throttles calls as an account's quotas do, on a clock that a test moves.

A bucket holds a burst of tokens and gains some a second; a call takes one, and one that finds none
is answered with the service's throttling error.

Compared in November 2026 with these texts:

- Step Functions: Developer Guide, "Quotas related to API action throttling" and "Other quotas" (the
  values of the smaller Regions), and Service Quotas, "… throttle token bucket size" and "… refill
  rate per second" (those of the larger Regions). They agree.
- EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html,
  5,000 CreateSchedule requests a second in the primary Regions and 250 in the others, which is
  taken for the other calls that name one schedule too.
- SES: https://docs.aws.amazon.com/console/ses/sandbox, one message a second in the sandbox.
- Lambda: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html says that new
  accounts have less than 1,000 and not how much. AWS's own refusal names 10 ("below its minimum
  value of [10]": https://github.com/DataDog/datadog-serverless-functions/pull/621,
  https://github.com/aws-samples/one-observability-demo/issues/278).

Chosen, as no text that gives the number could be read; each is at or below what one would expect,
so that a test which holds under it holds in AWS:

- Scheduler's ListSchedules: a fifth of the calls that name a schedule.
- SNS: https://docs.aws.amazon.com/general/latest/gr/sns.html has the numbers, and only its first
  part could be read. That both calls are throttled by account is in the service model (`Throttled`).
  Nothing depends on the number of CheckIfPhoneNumberIsOptedOut: where that call is throttled, the
  message is sent all the same.

The tries that botocore makes by itself are left out: they are two more tokens at most, within a
second or two.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.aws.refusals import Refusal

T = TypeVar("T")


@dataclass(frozen=True)
class Quota:
    """A bucket's size and how fast it fills."""

    burst: int
    per_second: float
    code: str = "ThrottlingException"


QUOTAS: Mapping[tuple[str, str], Quota] = {
    ("stepfunctions", "CreateStateMachine"): Quota(100, 1),
    ("stepfunctions", "DeleteStateMachine"): Quota(100, 1),
    ("stepfunctions", "DescribeExecution"): Quota(250, 10),
    ("stepfunctions", "ListExecutions"): Quota(100, 2),
    ("stepfunctions", "ListStateMachines"): Quota(100, 5),
    ("stepfunctions", "ListTagsForResource"): Quota(100, 1),
    ("stepfunctions", "StartExecution"): Quota(800, 150),
    ("stepfunctions", "StopExecution"): Quota(500, 25),
    ("stepfunctions", "TagResource"): Quota(200, 1),
    ("stepfunctions", "UntagResource"): Quota(200, 1),
    ("scheduler", "CreateSchedule"): Quota(250, 250),
    ("scheduler", "DeleteSchedule"): Quota(250, 250),
    ("scheduler", "GetSchedule"): Quota(250, 250),
    ("scheduler", "ListSchedules"): Quota(50, 50),
    ("scheduler", "UpdateSchedule"): Quota(250, 250),
    ("sns", "CheckIfPhoneNumberIsOptedOut"): Quota(50, 50, "Throttled"),
    ("sns", "Publish"): Quota(20, 20, "Throttled"),
    ("sesv2", "SendEmail"): Quota(1, 1, "TooManyRequestsException"),
}

NEW_ACCOUNT_CONCURRENCY = 10
"""Functions that a new account runs at once."""


class Clock:
    """Seconds that pass when a test, or what sleeps in it, says so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass at once; pass this where the product asks for a `sleep`."""
        with self._lock:
            self.now += seconds

    def monotonic(self) -> float:
        """Return the seconds that have passed; pass this where the product asks for a clock."""
        return self.now


class Crowd(Clock):
    """A clock of many callers who come at the same moment; each of them waits by `sleep`.

    One is at work at a time, in a thread of its own, until it sleeps or is done; then the next to
    wake is. So the same calls come in the same order, and no time passes but what they sleep.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._number = itertools.count()
        self._yielded = threading.Event()
        self._at_work = False

    def run(self, works: Iterable[Callable[[], T]]) -> list[T]:
        """Let everybody begin now; return the results in the order of the works.

        Raises:
            Exception: What a work raised.
        """
        with ThreadPoolExecutor(max_workers=1000) as pool:
            futures = [self._begin(pool, work) for work in works]
            self._at_work = True
            while self._sleepers:
                wakes_at, _, turn = heapq.heappop(self._sleepers)
                self.now = max(self.now, wakes_at)
                self._yielded.clear()
                turn.set()
                self._yielded.wait()
            self._at_work = False
            return [future.result() for future in futures]

    def sleep(self, seconds: float) -> None:
        """Let the others work until these seconds have passed."""
        if not self._at_work:
            super().sleep(seconds)
            return
        turn = self._queue(seconds)
        self._yielded.set()
        turn.wait()

    def _begin(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
        turn = self._queue(0)

        def in_turn() -> T:
            turn.wait()
            try:
                return work()
            finally:
                self._yielded.set()

        return pool.submit(in_turn)

    def _queue(self, seconds: float) -> threading.Event:
        turn = threading.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._number), turn))
        return turn


class Throttle:
    """The buckets of an account in one Region; a judge for the referee.

    Attributes:
        throttled: How often each operation was refused.
    """

    def __init__(self, clock: Clock, quotas: Mapping[tuple[str, str], Quota] = QUOTAS) -> None:
        self._clock = clock
        self._quotas = quotas
        self._lock = threading.Lock()
        self._left = {name: float(quota.burst) for name, quota in quotas.items()}
        self._filled_at = dict.fromkeys(quotas, clock.now)
        self.throttled: dict[str, int] = {}

    def judge(self, service: str, operation: str, params: Mapping[str, Any]) -> Refusal | None:
        """Take a token for the call; return the throttling error if there is none."""
        name = (service, operation)
        quota = self._quotas.get(name)
        if quota is None:
            return None
        with self._lock:
            gained = (self._clock.now - self._filled_at[name]) * quota.per_second
            self._left[name] = min(float(quota.burst), self._left[name] + gained)
            self._filled_at[name] = self._clock.now
            if self._left[name] < 1:
                self.throttled[operation] = self.throttled.get(operation, 0) + 1
                return Refusal(quota.code, "Rate exceeded")
            self._left[name] -= 1
        return None


class TooManyRequestsError(Exception):
    """Lambda runs no more functions at once (as a caller reads it from `Lambda.TooManyRequests…`)."""

    error_type = "Lambda.TooManyRequestsException"


class Concurrency:
    """How many functions an account runs at once."""

    def __init__(self, limit: int = NEW_ACCOUNT_CONCURRENCY) -> None:
        self._slots = threading.BoundedSemaphore(limit)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run a function.

        Raises:
            TooManyRequestsError: As many run as may.
        """
        if not self._slots.acquire(blocking=False):
            raise TooManyRequestsError("Rate Exceeded.")
        try:
            yield
        finally:
            self._slots.release()
