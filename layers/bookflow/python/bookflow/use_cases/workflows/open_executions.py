"""Which executions of a workflow are in progress."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bookflow.domain.executions.execution import IN_PROGRESS, Execution
from bookflow.domain.shared.pagination import pages
from bookflow.ports import ExecutionFilter, Ports


def open_executions(ports: Ports, location_id: str, workflow_id: str) -> Iterator[Execution]:
    """Yield the executions of a workflow in progress; one begun a moment ago may be missing."""
    for status in IN_PROGRESS:
        wanted = ExecutionFilter(workflow_id=workflow_id, status=status)
        for page in pages(partial(ports.executions.page, location_id, wanted)):
            yield from page.items
