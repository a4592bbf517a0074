"""Other functions of the stack, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bookflow.domain.shared.errors import TransientError


class InMemoryFunctions:
    """Calls the handlers that a test sets, by the function's name."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {}

    def invoke(self, name: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if name not in self.handlers:
            raise TransientError(f"The function {name} does not answer.")
        return self.handlers[name](payload)
