"""What all fakes share: counted calls, crashes and failures on demand, pages."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar, cast

from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, Page


class Crash(BaseException):
    """The process dies here: no `except Exception` runs after it, as after a kill."""


class Calls:
    """The calls made of all ports, and what shall happen at them.

    Attributes:
        made: Each call as `port.method`, the oldest first. Reading the clock is no call.
    """

    def __init__(self) -> None:
        self.made: list[str] = []
        self._crash_at: int | None = None
        self._failures: defaultdict[str, list[Exception]] = defaultdict(list)

    def crash_after(self, number: int) -> None:
        """Crash once, right after the call of that number from now (1 is the next)."""
        self._crash_at = len(self.made) + number

    def fail_next(self, name: str, *errors: Exception) -> None:
        """Let the next calls of that name raise these errors and do nothing."""
        self._failures[name].extend(errors)

    def begin(self, name: str) -> int:
        """Note a call and return its number."""
        self.made.append(name)
        if self._failures[name]:
            raise self._failures[name].pop(0)
        return len(self.made)

    def end(self, number: int) -> None:
        """Crash if it shall happen after this call."""
        if number == self._crash_at:
            self._crash_at = None
            raise Crash(f"after call {number}, {self.made[number - 1]}")


class Fake:
    """One port in memory."""

    name = ""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()


FakeT = TypeVar("FakeT", bound=Fake)


P = ParamSpec("P")


R = TypeVar("R")


def port_call(
    method: Callable[Concatenate[FakeT, P], R],
) -> Callable[Concatenate[FakeT, P], R]:
    """Count the calls of a method, and crash or fail at them as told."""

    @functools.wraps(method)
    def counted(self: FakeT, *args: P.args, **kwargs: P.kwargs) -> R:
        number = self.calls.begin(f"{self.name}.{method.__name__}")
        result = method(self, *args, **kwargs)
        self.calls.end(number)
        return result

    return cast("Callable[Concatenate[FakeT, P], R]", counted)


def page_of(records: Sequence[R], limit: int, position: str | None) -> Page[R]:
    """Return a page of records; a position is the number of records before it."""
    start = int(position or 0)
    end = start + max(1, min(limit, MAX_PAGE_SIZE))
    return Page(records[start:end], str(end) if end < len(records) else None)
