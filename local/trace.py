"""Puts one event on the bus and reports what became of it, as read back from the stack."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bookflow.bootstrap import Services
from bookflow.domain.executions.execution import Execution, Step, execution_id
from bookflow.domain.shared.errors import NotFoundError
from local.console import Console
from local.outbox import Email, Marker, Sms
from local.receiver import ReceivedRequest
from local.samples import bus_entry, read_sample
from local.stack import LocalStack

LIMIT_SECONDS = 90.0


@dataclass(frozen=True)
class Trace:
    """What one event led to."""

    execution: Execution
    steps: Sequence[Step]
    emails: Sequence[Email]
    sms: Sequence[Sms]
    http_requests: Sequence[ReceivedRequest]

    def facts(self) -> Mapping[str, Any]:
        """Return the facts as JSON values, for `.local/demo.json`."""
        execution = self.execution.model_dump(mode="json")
        facts = {
            "execution": {**execution, "workflow": self.execution.workflow_name},
            "steps": [step.model_dump(mode="json") for step in self.steps],
            "emails": [asdict(email) for email in self.emails],
            "sms": [asdict(sms) for sms in self.sms],
            "http_requests": [asdict(request) for request in self.http_requests],
        }
        return json.loads(json.dumps(facts, default=str))  # type: ignore[no-any-return]


class Tracer:
    """Follows events through the local stack."""

    def __init__(self, stack: LocalStack, services: Services) -> None:
        self._stack = stack
        self._services = services

    def follow(self, sample: Path, workflow_id: str) -> Trace:
        """Put the sample event on the bus, as a new event, and wait for the workflow's execution.

        Raises:
            LocalError: The execution did not end in time.
        """
        marker = self._stack.outbox.marker()
        requests_before = len(self._stack.receiver.requests)
        envelope = read_sample(sample)
        detail = envelope["detail"]
        entry = bus_entry(envelope, self._stack.outputs["EventBusName"])
        self._stack.client("events").put_events(Entries=[entry])
        execution_name = execution_id(detail["location_id"], detail["event_id"], workflow_id)
        execution = self._stack.wait_until(
            lambda: self._ended(detail["location_id"], execution_name),
            LIMIT_SECONDS,
            f"the end of execution {execution_name}",
        )
        return self._read(execution, marker, requests_before)

    def _ended(self, location_id: str, execution_name: str) -> Execution | None:
        try:
            execution = self._services.executions.get(location_id, execution_name)
        except NotFoundError:
            return None
        return execution if execution.status.is_final else None

    def _read(self, execution: Execution, marker: Marker, requests_before: int) -> Trace:
        return Trace(
            execution=execution,
            steps=self._services.executions.steps(execution.location_id, execution.id),
            emails=self._stack.outbox.emails(marker),
            sms=self._stack.outbox.sms(marker),
            http_requests=self._stack.receiver.requests[requests_before:],
        )


def show(trace: Trace, console: Console) -> None:
    """Print the trace: event, execution, each step, and what was really sent."""
    execution = trace.execution
    console.say(f"event      {execution.event_type}  {execution.event_id}")
    console.say(
        f"execution  {execution.workflow_name} (version {execution.version})  "
        f"{execution.status}  {_seconds(execution)}"
    )
    if execution.error_message:
        console.say(f"           {execution.error_message}")
    for step in trace.steps:
        console.say(
            f"  step     {step.node_id:<12} {step.node_type:<18} {step.status:<10} {_seconds(step)}"
        )
        if step.error_message:
            console.say(f"           {step.error_message}")
    for email in trace.emails:
        console.say(f"  e-mail   to {', '.join(email.to)}: {email.subject}")
    for sms in trace.sms:
        console.say(f"  sms      to {sms.to}: {sms.text}")
    for request in trace.http_requests:
        console.say(f"  request  {request.method} {request.path}  {request.body[:100]}")


def _seconds(record: Execution | Step) -> str:
    if record.completed_at is None:
        return ""
    return f"{(record.completed_at - record.started_at).total_seconds():.2f} s"
