"""Lists what a webhook step sent, over the last executions of its workflow."""

from __future__ import annotations

from dataclasses import dataclass

from bookflow.domain.executions.execution import Execution
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.domain.webhooks.deliveries import Delivery
from bookflow.ports import ExecutionFilter, Ports


@dataclass(frozen=True)
class ListedDelivery:
    """A delivery with the execution that it belongs to."""

    execution: Execution
    delivery: Delivery


def list_deliveries(
    ports: Ports, location_id: str, workflow_id: str, node_id: str, request: PageRequest
) -> Page[ListedDelivery]:
    """Return the deliveries of the executions of a page, newest first.

    The page is one of executions: each has a delivery for each try, or none.
    """
    page = ports.executions.page(location_id, ExecutionFilter(workflow_id), request)
    ids = [each.id for each in page.items]
    sent = ports.executions.deliveries(location_id, node_id, ids) if ids else {}
    return page.holding(
        [
            ListedDelivery(execution, delivery)
            for execution in page.items
            for delivery in reversed(sent.get(execution.id, ()))
        ]
    )


def deliveries_of_execution(
    ports: Ports, location_id: str, workflow_id: str, node_id: str, execution_id: str
) -> Page[ListedDelivery]:
    """Return the deliveries of one execution's step, newest first.

    Raises:
        NotFoundError: The workflow has no such execution.
    """
    execution = ports.executions.get(location_id, execution_id)
    if execution.workflow_id != workflow_id:
        raise NotFoundError("The workflow has no such execution.", field="execution_id")
    sent = ports.executions.deliveries(location_id, node_id, [execution_id])
    found = reversed(sent.get(execution_id, ()))
    return Page([ListedDelivery(execution, delivery) for delivery in found])
