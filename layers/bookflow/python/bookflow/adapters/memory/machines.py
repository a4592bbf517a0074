"""State machines in memory: executions are started and ended, not interpreted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bookflow.domain.executions.machine_status import MachineStatus
from bookflow.domain.shared.errors import TransientError
from bookflow.ports import (
    MachineExecution,
    MachineInfo,
)


@dataclass
class StartedExecution:
    """One execution of a machine.

    Attributes:
        stopped: Why it was aborted, if it was.
        ended: Whether it came to its end; a test says so.
        failed: Whether the end was a failure.
    """

    machine_arn: str
    name: str
    payload: Mapping[str, Any]
    stopped: str | None = None
    ended: bool = False
    failed: bool = False

    @property
    def status(self) -> MachineStatus:
        """How the execution stands, unless it was aborted."""
        if not self.ended:
            return "RUNNING"
        return "FAILED" if self.failed else "SUCCEEDED"


class InMemoryMachines:
    def __init__(self) -> None:
        self.definitions: dict[str, Mapping[str, Any]] = {}
        self.started: dict[tuple[str, str], StartedExecution] = {}
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.unused_since: dict[str, datetime] = {}
        self.created_at = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

    def ensure(self, name: str, definition: str) -> str:
        arn = f"arn:aws:states:eu-central-1:123456789012:stateMachine:{name}"
        self.definitions.setdefault(arn, json.loads(definition))
        self.unused_since.pop(arn, None)
        return arn

    def start(self, machine_arn: str, name: str, payload: Mapping[str, Any]) -> None:
        if machine_arn not in self.definitions:
            raise TransientError("Starting the execution failed: its state machine cannot be seen.")
        execution = StartedExecution(machine_arn, name, json.loads(json.dumps(payload)))
        self.started.setdefault((machine_arn, name), execution)

    def stop(self, machine_arn: str, name: str, reason: str) -> None:
        execution = self.started.get((machine_arn, name))
        if execution and execution.stopped is None and not execution.ended:
            execution.stopped = reason

    def find(self, machine_arn: str, name: str) -> MachineExecution | None:
        execution = self.started.get((machine_arn, name))
        if execution is None:
            return None
        return MachineExecution(
            status="ABORTED" if execution.stopped is not None else execution.status,
            payload=json.dumps(execution.payload),
            at=self.created_at,
            cause=execution.stopped,
        )

    def running(self, machine_arn: str) -> Iterator[str]:
        return iter(
            [
                execution.name
                for execution in self.started.values()
                if execution.machine_arn == machine_arn
                and execution.stopped is None
                and not execution.ended
            ]
        )

    def arns(self) -> Iterator[str]:
        return iter([*self.definitions])

    def inventory(self) -> Iterator[MachineInfo]:
        return iter(
            [
                MachineInfo(arn, self.created_at, self.unused_since.get(arn))
                for arn in self.definitions
            ]
        )

    def is_running(self, machine_arn: str) -> bool:
        return any(
            execution.machine_arn == machine_arn
            and execution.stopped is None
            and not execution.ended
            for execution in self.started.values()
        )

    def mark_unused(self, machine_arn: str, since: datetime | None) -> None:
        if since is None:
            self.unused_since.pop(machine_arn, None)
        elif machine_arn in self.definitions:
            self.unused_since[machine_arn] = since

    def marked_unused(self, machine_arn: str) -> datetime | None:
        return self.unused_since.get(machine_arn)

    def delete(self, machine_arn: str) -> None:
        self.definitions.pop(machine_arn, None)
        self.unused_since.pop(machine_arn, None)
        for key in [key for key in self.started if key[0] == machine_arn]:
            del self.started[key]

    def answer(self, task_token: str, result: Mapping[str, Any]) -> None:
        self.answers.setdefault(task_token, json.loads(json.dumps(result)))
