"""The scenario whose cost is compared from commit to commit, and what the system says that it took.

An event of a booking, a condition, and a webhook of five variables; the execution, its two steps and
the delivery are recorded. The location has no other workflow.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

from bookflow.bootstrap import Services
from bookflow.domain.executions.execution import ExecutionStatus, execution_id
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.workflows.export import WorkflowExport
from local.product import services_of
from local.samples import ahead_of_now, bus_entry, read_sample
from local.seed import add_workflow, seed_location
from local.stack import LocalStack

LOCATION_ID = "bench"
WORKFLOW_ID = "scenario"
FIVE_VARIABLES = """{
  "booking": "{{ booking.id }}",
  "name": "{{ customer.first_name }} {{ customer.last_name }}",
  "activity": "{{ activity.name }}",
  "code": "{{ booking.confirmation_code }}"
}"""
LIMIT_SECONDS = 600.0
AFTER_THE_END = 3.0
"""Seconds in which what tracks an execution comes after its end."""

TRIES = 4
NUMBERS = count(1)
"""Of bookings: one each for the whole run."""

Envelope = Mapping[str, Any]


def add_scenario(stack: LocalStack) -> None:
    """Store the location and its workflow."""
    services = services_of(stack)
    seed_location(services, LOCATION_ID)
    nodes = [
        {"id": "trigger", "type": "trigger", "config": {"event": "Booking Created"}},
        {
            "id": "confirmed",
            "type": "condition",
            "config": {
                "rule": {"variable": "booking.status", "operator": "equals", "value": "confirmed"}
            },
        },
        {
            "id": "crm",
            "type": "webhook",
            "config": {"url": f"{stack.receiver.url}/scenario", "body": FIVE_VARIABLES},
        },
    ]
    edges = [
        {"id": "e1", "source": "trigger", "source_handle": "out", "target": "confirmed"},
        {"id": "e2", "source": "confirmed", "source_handle": "true", "target": "crm"},
    ]
    graph = {"schema_version": 1, "nodes": nodes, "edges": edges}
    export = WorkflowExport.model_validate({"name": "Scenario", "graph": graph})
    add_workflow(services, LOCATION_ID, WORKFLOW_ID, export)


def new_bookings(stack: LocalStack, location_id: str = LOCATION_ID) -> Iterator[Envelope]:
    """Yield the demo's event again and again, each time of another booking."""
    path = stack.paths.root / "events" / "booking_created.json"
    sample = ahead_of_now(read_sample(path, keep_id=True), datetime.now(UTC))
    for number in NUMBERS:
        name = f"bench-{os.getpid()}-{number}"
        own = {"event_id": name, "booking_id": name, "location_id": location_id}
        yield {**sample, "detail": {**sample["detail"], **own}}


def carry_out(
    stack: LocalStack, envelopes: Sequence[Envelope], workflow_id: str = WORKFLOW_ID
) -> int:
    """Put events on the bus and wait for their executions; return how many did not complete."""
    events, bus = stack.client("events"), stack.outputs["EventBusName"]
    for start in range(0, len(envelopes), 10):
        entries = [bus_entry(each, bus) for each in envelopes[start : start + 10]]
        events.put_events(Entries=entries)
    services, deadline = services_of(stack), time.monotonic() + LIMIT_SECONDS
    left = [
        (
            each["detail"]["location_id"],
            execution_id(each["detail"]["location_id"], each["detail"]["event_id"], workflow_id),
        )
        for each in envelopes
    ]
    failed = 0
    while left and time.monotonic() < deadline:
        status = _status(services, *left[-1])
        if status is not None and status.is_final:
            left.pop()
            failed += status is not ExecutionStatus.COMPLETED
        else:
            time.sleep(0.2)
    return len(left) + failed


def _status(services: Services, location_id: str, name: str) -> ExecutionStatus | None:
    try:
        return services.executions.get(location_id, name).status
    except NotFoundError:
        return None


def seconds_each(
    stack: LocalStack,
    events: Iterator[Envelope],
    executions: int,
    workflow_id: str = WORKFLOW_ID,
) -> Mapping[str, float]:
    """Carry events out one after the other; return each function's processor seconds for one.

    The emulator may end a process that was idle, and what it used is then not known: so the
    measurement is repeated until all processes are there from its beginning to its end.

    Raises:
        RuntimeError: An execution did not complete, or processes ended in each measurement.
    """
    for _ in range(TRIES):
        before = processor_seconds(stack)
        if any(carry_out(stack, [each], workflow_id) for each in islice(events, executions)):
            raise RuntimeError(f"an execution of {workflow_id} did not complete")
        time.sleep(AFTER_THE_END)
        after = processor_seconds(stack)
        if not before or before.keys() == after.keys():
            used: Counter[str] = Counter()
            for (name, pid), seconds in after.items():
                used[name] += seconds - before.get((name, pid), 0)
            return {name: seconds / executions for name, seconds in used.items()}
    raise RuntimeError("processes of functions began or ended in each measurement")


def processor_seconds(stack: LocalStack) -> Mapping[tuple[str, int], float]:
    """Return what each process of a function has used so far, by the function's name and its id (Linux)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        names = [each for each in environment if each.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")]
        if names and int(stat[2]) == stack.emulator.process_group:
            name = names[0].decode().partition("=")[2].removeprefix("bookflow-local-")
            used = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
            found[name, int(folder.name)] = used
    return found
