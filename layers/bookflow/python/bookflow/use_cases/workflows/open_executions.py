"""Which executions of a workflow are in progress."""

from __future__ import annotations

from collections.abc import Iterator

from bookflow.domain.executions.execution import IN_PROGRESS, Execution
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE
from bookflow.ports import Ports


def open_executions(ports: Ports, location_id: str, workflow_id: str) -> Iterator[Execution]:
    """Yield the executions of a workflow in progress; one begun a moment ago may be missing."""
    for status in IN_PROGRESS:
        position = None
        while True:
            page = ports.executions.page(
                location_id,
                workflow_id=workflow_id,
                status=status,
                limit=MAX_PAGE_SIZE,
                position=position,
            )
            yield from page.items
            position = page.position
            if position is None:
                break
