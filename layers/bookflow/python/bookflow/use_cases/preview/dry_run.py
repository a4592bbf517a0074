"""Shows what a workflow would do for a booking: everything is rendered, nothing is sent.

Each node is judged as of the moment when it would run: what stands behind a delay as of the delay's
end, and a workflow of a reminder as of the reminder.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bookflow.actions.base import StepSkipped
from bookflow.actions.catalogue import action_types
from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.catalogue.variables import CALENDAR_URL
from bookflow.domain.events import Event
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.executions.execution import Execution, ReasonCode, StepStatus
from bookflow.domain.flow.decisions import decide
from bookflow.domain.flow.delay import DelayConfig, DelaySkip, delay_until
from bookflow.domain.reminders.rule import reminder_for
from bookflow.domain.shared.errors import BookflowError, InvalidInputError, NotFoundError
from bookflow.domain.shared.input_problems import in_words_of_form
from bookflow.domain.validation.problems import has_errors
from bookflow.domain.validation.structure import arrows_of
from bookflow.domain.validation.walks import topological
from bookflow.domain.workflows.graph import SUCCESS_HANDLE, Graph, Node
from bookflow.domain.workflows.traversal import End, Traversal
from bookflow.domain.workflows.workflow import Workflow, trigger_config_of, trigger_type_of
from bookflow.ports import Ports
from bookflow.use_cases.preview.made_up import made_up_event, made_up_execution
from bookflow.use_cases.runtime.trigger_filter import meets_filter
from bookflow.use_cases.workflows.check_graph import check_graph
from bookflow.use_cases.workflows.publish import InvalidWorkflowError

DRY_RUN_ID = "dry-run"

_STATUSES: Mapping[str, StepStatus] = {
    "planned": StepStatus.COMPLETED,
    "skipped": StepStatus.SKIPPED,
    "failed": StepStatus.FAILED,
}
"""What later steps read as the status of a step, by its outcome in a dry run."""

_MASK = "***"
_HIDDEN = frozenset(
    {
        "confidential",
        "edit",
        "fresh_key",
        "location_id",
        "origin",
        "secret_headers",
        "share",
        "total_timeout_seconds",
    }
)


class DryStep(BaseModel):
    """What one node would do."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    node_id: str
    node_type: str
    node_name: str = ""
    outcome: Literal["planned", "skipped", "failed", "not_reached"]
    handle: str | None = Field(default=None, description="Handle of a condition or switch")
    until: datetime | None = Field(default=None, description="End of a delay")
    reason_code: ReasonCode | None = None
    message: str | None = Field(default=None, description="Why it is skipped or fails")
    plan: Mapping[str, Any] | None = Field(
        default=None, description="The messages, request or change, rendered; secrets masked"
    )


class DryRun(BaseModel):
    """What a workflow would do for a booking."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    event_type: str
    event_data: Mapping[str, Any]
    filtered: bool = Field(
        default=False, description="Whether the trigger's filter leaves this booking out"
    )
    steps: tuple[DryStep, ...]


class DryRunner:
    """Walks through a graph as an execution would, with plans in the place of effects."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def dry_run_stored(
        self,
        location_id: str,
        workflow_id: str,
        version: int | None,
        booking_id: str,
        stated: Mapping[str, Any],
        *,
        locale: str | None = None,
    ) -> DryRun:
        """Return what a version of a workflow would do for a booking; None means the draft.

        With a `locale`, as if it were the guest's.

        Raises:
            InvalidWorkflowError: The draft has problems.
            NotFoundError: The workflow, the version or the booking is not known.
            InvalidInputError: `stated` is invalid for the event.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        if version is not None:
            graph = self._ports.workflows.version(location_id, workflow_id, version).graph
            return self.run(workflow, graph, booking_id, stated, locale=locale)
        problems = check_graph(workflow, self._ports)
        if has_errors(problems):
            raise InvalidWorkflowError(problems)
        return self.run(workflow, workflow.draft, booking_id, stated, locale=locale)

    def run(
        self,
        workflow: Workflow,
        graph: Graph,
        booking_id: str,
        stated: Mapping[str, Any],
        *,
        locale: str | None = None,
    ) -> DryRun:
        """Return what the graph, which has no errors, would do for a booking.

        Args:
            workflow: The workflow that the graph belongs to.
            graph: The draft or a version.
            booking_id: The booking.
            stated: Fields of the event in the place of those made up from the booking.
            locale: The guest's; by default the booking's.

        Raises:
            NotFoundError: The booking is not known.
            InvalidInputError: `stated` is invalid for the event.
        """
        context = self._ports.bookings.context(workflow.location_id, booking_id)
        if context is None or context.booking is None:
            raise NotFoundError("there is no such booking in this location", field="booking_id")
        context = context.read_in(locale)
        now = _begin(graph, context, self._ports.clock.now())
        event_type = trigger_type_of(graph)
        event = made_up_event(event_type, workflow, context, now, DRY_RUN_ID, stated)
        if event.location_id != workflow.location_id:
            raise InvalidInputError(
                "is not the location of the workflow",
                field="event.location_id",
                remedy="Leave it out.",
            )
        execution = made_up_execution(workflow, event, context, now, DRY_RUN_ID)
        walk = _Walk(self._ports, graph, execution, event, context)
        return DryRun(
            event_type=event_type,
            event_data=event.model_dump(mode="json", exclude_unset=True),
            filtered=not meets_filter(graph, event, context, now),
            steps=walk.steps(),
        )


class _Walk:
    """One dry run: the nodes that are reached are tried, each as soon as it would run."""

    def __init__(
        self,
        ports: Ports,
        graph: Graph,
        execution: Execution,
        event: Event,
        context: BookingContext,
    ) -> None:
        self._ports = ports
        self._graph = graph
        self._execution = execution
        self._event = event
        self._context = context
        self._now = execution.started_at
        self._tried: dict[str, DryStep] = {}
        self._ends: list[tuple[datetime, int, str, str | End]] = []
        self._outputs: dict[str, Mapping[str, Any]] = {}
        self._earlier: dict[str, Mapping[str, Any]] = {}

    def steps(self) -> tuple[DryStep, ...]:
        """Return a step for each node, in an order in which sources come first."""
        traversal = Traversal(self._graph)
        trigger = self._graph.trigger
        self._tried[trigger.id] = _step(trigger, "planned")
        self._try_all(traversal.start())
        while self._ends:
            self._now, _, node_id, how = heappop(self._ends)
            self._try_all(traversal.ended(node_id, how))
        nodes = {node.id: node for node in self._graph.nodes}
        return tuple(
            self._tried.get(node_id) or _step(nodes[node_id], "not_reached")
            for node_id in topological(arrows_of(self._graph))
        )

    def _try_all(self, nodes: Iterable[Node]) -> None:
        """Try nodes at the present moment, and note when each ends."""
        for node in nodes:
            step, how = self._try(node)
            self._tried[node.id] = step
            self._earlier[node.id] = {
                "status": _STATUSES[step.outcome].value,
                "output": self._outputs.get(node.id, {}),
            }
            heappush(self._ends, (step.until or self._now, len(self._tried), node.id, how))

    def _try(self, node: Node) -> tuple[DryStep, str | End]:
        """Return what the node would do, and how it would end."""
        try:
            step = self._reached(node)
        except StepSkipped as skipped:
            step = _step(node, "skipped", reason_code=skipped.reason, message=skipped.message)
        except BookflowError as error:
            action = action_types().get(node.type)
            message = in_words_of_form(error, action.config_model) if action else str(error)
            return _step(node, "failed", message=message), End.FAILED
        if node.type == "delay" and step.outcome == "skipped":
            return step, End.NOTHING_FOLLOWS
        return step, step.handle or SUCCESS_HANDLE

    def _reached(self, node: Node) -> DryStep:
        scope = Scope(
            execution=self._execution,
            node=node,
            event=self._event,
            context=self._context,
            now=self._now,
            steps=self._earlier,
            calendar_url=lambda: CALENDAR_URL.example,
        )
        if node.type == "delay":
            return self._delay(node)
        if node.type in {"condition", "switch"}:
            handle = decide(node, scope.variables, self._context.location.timezone, self._now)
            self._outputs[node.id] = {"handle": handle}
            return _step(node, "planned", handle=handle)
        action = action_types()[node.type](self._ports)
        config = action.config_model.model_validate(dict(node.config))
        plan = action.plan(config, scope)
        action.check(plan)
        self._outputs[node.id] = action.planned_output(plan)
        return _step(node, "planned", plan=preview(plan))

    def _delay(self, node: Node) -> DryStep:
        booking = self._context.booking
        until = delay_until(
            DelayConfig.model_validate(dict(node.config)),
            now=self._now,
            began=self._execution.started_at,
            booking_start=booking.start_time if booking else None,
            booking_end=booking.end_time if booking else None,
            timezone=self._context.location.timezone,
        )
        if isinstance(until, DelaySkip):
            return _step(node, "skipped", reason_code=until.code, message=until.detail)
        self._outputs[node.id] = {"until": until.isoformat()}
        return _step(node, "planned", until=until)


def preview(plan: Any) -> Mapping[str, Any]:
    """Return a plan as JSON values; what it calls `confidential` is masked wherever it stands."""
    shown: Any = json.loads(json.dumps(_plain(plan), default=str))
    if not isinstance(shown, dict):
        shown = {"plan": shown}
    shown = {name: value for name, value in shown.items() if name not in _HIDDEN}
    for text in getattr(plan, "confidential", ()):
        shown = _without(shown, text)
    return dict(shown)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value


def _without(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return value.replace(text, _MASK)
    if isinstance(value, dict):
        return {name: _without(item, text) for name, item in value.items()}
    if isinstance(value, list):
        return [_without(item, text) for item in value]
    return value


def _step(node: Node, outcome: str, **more: Any) -> DryStep:
    return DryStep.model_validate(
        {
            "node_id": node.id,
            "node_type": node.type,
            "node_name": node.name,
            "outcome": outcome,
            **more,
        }
    )


def _begin(graph: Graph, context: BookingContext, now: datetime) -> datetime:
    """Return when the execution would begin: now, or when the booking's reminder is still to come."""
    config = trigger_config_of(graph)
    if not isinstance(config, ReminderOffset):
        return now
    return reminder_for(config, context.booking, context.location, now=now).fire_at or now
