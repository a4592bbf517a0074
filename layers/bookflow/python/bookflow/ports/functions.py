"""Other functions of the stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Functions(Protocol):
    """The stack's functions, by name."""

    def invoke(self, name: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a function and return its answer; JSON values only.

        Raises:
            TransientError: It is busy, or ended without an answer. What it was asked to do may
                have happened.
        """
        ...
