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
    """A state machine of this stack."""

    arn: str
    created_at: datetime

    @property
    def name(self) -> str:
        """The machine's own part of its ARN."""
        return self.arn.rpartition(":")[2]


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

        Raises:
            TransientError: Step Functions takes no more machines at the moment; `retry_after`
                says when it may.
        """

    def start(self, machine_arn: str, name: str, payload: Mapping[str, Any]) -> None:
        """Start the execution; a start of the same name is no error and starts nothing."""

    def stop(self, machine_arn: str, name: str, reason: str) -> None:
        """Abort the execution if it is running."""

    def answer(self, task_token: str, result: Mapping[str, Any]) -> None:
        """Complete a waiting task; a token that is spent is no error."""

    def find(self, machine_arn: str, name: str) -> MachineExecution | None:
        """Return how an execution stands; None if Step Functions does not know it (any more)."""

    def running(self, machine_arn: str) -> Iterator[str]:
        """Return the names of the executions that run; a redriven execution runs again.

        The answer may be seconds old.
        """

    def inventory(self) -> Iterator[MachineInfo]:
        """Return the machines of this stack."""

    def is_running(self, machine_arn: str) -> bool:
        """Say whether an execution of the machine runs."""

    def delete(self, machine_arn: str) -> None:
        """Delete the machine; a missing one is no error."""


class UnusedMachines(Protocol):
    """What the sweep over all machines remembers of them, by name; it belongs to no location."""

    def marks(self) -> Mapping[str, datetime]:
        """Return since when nothing uses each machine that is marked (consistent)."""

    def mark(self, name: str, since: datetime) -> None:
        """Remember since when nothing uses the machine; a deletion that had begun is off."""

    def forget(self, name: str) -> None:
        """Take the mark off, whatever it says; a missing one is no error."""

    def take_up(self, name: str, now: datetime) -> None:
        """Take the mark off, as the machine is about to be used.

        Raises:
            TransientError: The machine is being deleted at this moment.
        """

    def begin_deletion(self, name: str, since: datetime, now: datetime) -> bool:
        """Keep the machine from being taken up for a while; say whether its mark still stands.

        Args:
            name: The machine.
            since: What its mark said.
            now: When the deletion begins; `DELETION` later it has ended, or died.
        """

    def stopped_at(self) -> str | None:
        """Return the last machine that an unfinished sweep looked at, None if none is open."""

    def stop_at(self, name: str | None) -> None:
        """Remember where the sweep stopped; None says that it is over."""
