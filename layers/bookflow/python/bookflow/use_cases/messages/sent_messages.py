"""Shows messages as they were sent: those of an execution, of a booking, and one with its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bookflow.domain.executions.execution import Execution, Step
from bookflow.domain.messages.sent.sent_message import (
    MessageBody,
    SentMessage,
    ShownMessage,
    accepted_ids,
)
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest, pages
from bookflow.ports import ExecutionFilter, Ports


@dataclass(frozen=True)
class ReadMessage:
    """A message with its text.

    Attributes:
        body: None if it is not stored any more.
    """

    message: ShownMessage
    body: MessageBody | None


class SentMessages:
    """The messages of a location."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def of_execution(
        self,
        location_id: str,
        execution_id: str,
        request: PageRequest = FIRST_PAGE,
        node_id: str | None = None,
    ) -> Page[ShownMessage]:
        """Return a page of what an execution sent, and those that it resumes.

        Args:
            location_id: The location.
            execution_id: The execution.
            request: Which messages; of those, a page holds the node's only.
            node_id: Of one step; None means all of them.

        Raises:
            NotFoundError: There is no such execution.
        """
        execution = self._ports.executions.get(location_id, execution_id)
        page = self._ports.messages.list(location_id, _owner(execution), request)
        if not page.items:
            return page.holding([])
        steps = self._ports.executions.steps(location_id, execution_id)
        wanted = [each for each in page.items if node_id in (None, each.node_id)]
        return page.holding(_shown(wanted, steps))

    def of_booking(
        self, location_id: str, booking_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[ShownMessage]:
        """Return the messages of a page of a booking's executions, the newest first."""
        page = self._ports.executions.page(
            location_id, ExecutionFilter(booking_id=booking_id), request
        )
        found = [each for execution in page.items for each in self.sent_by(execution)]
        return page.holding(sorted(found, key=lambda each: (each.sent_at, each.id), reverse=True))

    def sent_by(
        self, execution: Execution, steps: Sequence[Step] | None = None
    ) -> Sequence[ShownMessage]:
        """Return what an execution itself sent, in the order of sending.

        Args:
            execution: The execution.
            steps: Its steps, if they were read already.
        """
        read = partial(self._ports.messages.list, execution.location_id, _owner(execution))
        found = [
            each for page in pages(read) for each in page.items if each.execution_id == execution.id
        ]
        if found and steps is None:
            steps = self._ports.executions.steps(execution.location_id, execution.id)
        return sorted(_shown(found, steps or ()), key=lambda each: (each.sent_at, each.id))

    def read(self, location_id: str, execution_id: str, message_id: str) -> ReadMessage:
        """Return a message with its text.

        Raises:
            NotFoundError: There is no such execution, or it has no such message.
        """
        execution = self._ports.executions.get(location_id, execution_id)
        owner = _owner(execution)
        message = self._ports.messages.get(location_id, owner, message_id)
        bodies = self._ports.messages.bodies(location_id, owner, [message_id])
        (shown,) = _shown([message], self._ports.executions.steps(location_id, execution_id))
        return ReadMessage(shown, bodies.get(message_id))


def _owner(execution: Execution) -> str:
    return execution.owner


def _shown(messages: Sequence[SentMessage], steps: Sequence[Step]) -> list[ShownMessage]:
    return list(_with_acceptance(messages, steps))


def _with_acceptance(
    messages: Sequence[SentMessage], steps: Sequence[Step]
) -> Iterator[ShownMessage]:
    """Yield the messages with what their steps alone say: that the network took them."""
    accepted = {each for step in steps for each in accepted_ids(step.output_data)}
    return (each.shown(accepted=each.id in accepted) for each in messages)
