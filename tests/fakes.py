"""All ports in memory, which count their calls and crash or fail when a test asks for it."""

from __future__ import annotations

import functools
import inspect
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.ports import Ports
from bookflow.use_cases.webhooks.deliver import carry_out


class Crash(BaseException):
    """The process dies here: no `except Exception` runs after it, as after a kill."""


class CrashingCalls:
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


@dataclass
class FakePorts(InMemoryPorts):
    """The ports in memory, sharing one count of calls."""

    calls: CrashingCalls = field(default_factory=CrashingCalls)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._in_adapter = ContextVar("in_adapter", default=False)
        self.functions.handlers["webhook"] = self._carry_out
        for name, methods in _port_methods().items():
            port = getattr(self, name)
            for method in methods:
                setattr(port, method, self._counted(f"{name}.{method}", getattr(port, method)))

    def _carry_out(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run the function that sends webhooks; both ways pass as JSON."""
        order = json.loads(json.dumps(payload))
        answer: Mapping[str, Any] = json.loads(json.dumps(carry_out(self, order)))
        return answer

    def crash_after(self, number: int) -> None:
        """Raise `Crash` once, right after the port call of that number from now (1 is next)."""
        self.calls.crash_after(number)

    def fail_next(self, name: str, *errors: Exception) -> None:
        """Let the next calls of `port.method` raise these errors and do nothing."""
        self.calls.fail_next(name, *errors)

    def _counted(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def counted(*args: Any, **kwargs: Any) -> Any:
            if self._in_adapter.get():
                return method(*args, **kwargs)
            number = self.calls.begin(name)
            # What adapters ask of each other is no call; a function or an effect makes its own.
            inside = self._in_adapter.set(not name.startswith(("functions.", "effects.")))
            try:
                result = method(*args, **kwargs)
            finally:
                self._in_adapter.reset(inside)
            self.calls.end(number)
            return result

        return counted


@functools.cache
def _port_methods() -> dict[str, list[str]]:
    """Return the methods that each port promises; asking the clock or the policy is no call."""
    found = {}
    for name, member in inspect.getmembers(Ports, lambda each: isinstance(each, property)):
        if name not in ("clock", "url_policy"):
            port = get_type_hints(member.fget)["return"]
            methods = inspect.getmembers(port, inspect.isfunction)
            found[name] = [method for method, _ in methods if not method.startswith("_")]
    return found
