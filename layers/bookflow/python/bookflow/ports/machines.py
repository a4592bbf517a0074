"""State machines and their executions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bookflow.domain.executions.machine_status import MachineStatus


@dataclass(frozen=True)
class MachineInfo:
    """A state machine of this stack.

    Attributes:
        unused_since: When the sweeper first found that nothing references it; None if it never
            did, or if it has been in use again.
    """

    arn: str
    created_at: datetime
    unused_since: datetime | None = None


@dataclass(frozen=True)
class MachineExecution:
    """An execution as Step Functions knows it.

    Attributes:
        payload: What it was started with, as JSON text.
        at: When it reached its status.
    """

    status: MachineStatus
    payload: str
    at: datetime
    error: str | None = None
    cause: str | None = None


class Machines(Protocol):
    """State machines: Step Functions."""

    def ensure(self, name: str, definition: str) -> str:
        """Create the machine, given in JSON, unless one of that name exists; return its ARN.

        One that exists is about to be used, so it is not marked as unused any more.
        """
        ...

    def start(self, machine_arn: str, name: str, payload: Mapping[str, Any]) -> None:
        """Start the execution; a start of the same name is no error and starts nothing."""
        ...

    def stop(self, machine_arn: str, name: str, reason: str) -> None:
        """Abort the execution if it is running."""
        ...

    def answer(self, task_token: str, result: Mapping[str, Any]) -> None:
        """Complete a waiting task; a token that is spent is no error."""
        ...

    def find(self, machine_arn: str, name: str) -> MachineExecution | None:
        """Return how an execution stands; None if Step Functions does not know it (any more)."""
        ...

    def running(self, machine_arn: str) -> Iterator[str]:
        """Return the names of the executions that run; a redriven execution runs again.

        The answer may be seconds old.
        """
        ...

    def arns(self) -> Iterator[str]:
        """Return the ARNs of the machines of this stack."""
        ...

    def inventory(self) -> Iterator[MachineInfo]:
        """Return the machines of this stack."""
        ...

    def is_running(self, machine_arn: str) -> bool:
        """Say whether an execution of the machine runs."""
        ...

    def mark_unused(self, machine_arn: str, since: datetime | None) -> None:
        """Remember since when nothing references the machine; None forgets it."""
        ...

    def marked_unused(self, machine_arn: str) -> datetime | None:
        """Return the moment that `mark_unused` gave, as it stands now."""
        ...

    def delete(self, machine_arn: str) -> None:
        """Delete the machine; a missing one is no error."""
        ...
