"""One simulated execution: the real steps in the order that the graph's meaning gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError

from bookflow.actions.base import Action, StepSkipped
from bookflow.actions.catalogue import action_types
from bookflow.domain.executions.execution import ExecutionStatus
from bookflow.domain.executions.machine_status import MachineStatus, StatusChange
from bookflow.domain.executions.payloads import (
    PAYLOAD_SCHEMA_VERSION,
    ExecutionRef,
    FlowPayload,
    NodeRef,
    StepPayload,
)
from bookflow.domain.shared.errors import BookflowError, NothingFollows, TransientError
from bookflow.domain.workflows.graph import DELAY_UNTIL, Node
from bookflow.domain.workflows.traversal import End, Traversal
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import Ports
from bookflow.simulation.engine import VirtualTime
from bookflow.use_cases.preview.dry_run import preview
from bookflow.use_cases.runtime.run_flow import FlowRunner
from bookflow.use_cases.runtime.run_step import StepRunner
from bookflow.use_cases.runtime.step_scope import load_scope
from bookflow.use_cases.runtime.track_execution import Tracker


class SimulatedExecution:
    """Does for one execution what its state machine does in AWS.

    Args:
        ports: The simulated world.
        time: Its clock.
        version: What runs.
        payload: The input of its state machine.
        after_step: Called after each step, for what the step has caused.
        plans: Gets what each action would send or write, by execution and node.
    """

    def __init__(
        self,
        ports: Ports,
        time: VirtualTime,
        version: WorkflowVersion,
        payload: Mapping[str, Any],
        after_step: Callable[[], None],
        plans: MutableMapping[tuple[str, str], Mapping[str, Any]],
    ) -> None:
        self._ports = ports
        self._time = time
        self._ref = ExecutionRef.model_validate(payload["execution"])
        self._entries = {entry["id"]: entry for entry in payload["nodes"].values()}
        self._traversal = Traversal(version.graph)
        self._after_step = after_step
        self._plans = plans
        self._active = 0

    def start(self) -> None:
        """Run everything up to the first delay of each branch."""
        self._go_on(self._traversal.start())

    def _go_on(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self._active += 1
            self._time.plan(self._ports.clock.now(), partial(self._run, node))
        if self._active == 0:
            self._report("FAILED" if self._traversal.has_failed else "SUCCEEDED")

    def _run(self, node: Node) -> None:
        if self._is_over():
            return
        try:
            how, until = self._step(node)
        except NothingFollows:
            how, until = End.NOTHING_FOLLOWS, None
        except BookflowError:
            how, until = End.FAILED, None
        self._after_step()
        if until is None:
            self._end(node, how)
        else:
            asks_again = node.operation == DELAY_UNTIL
            then = partial(self._run, node) if asks_again else partial(self._end, node, how)
            self._time.plan(until, then)

    def _end(self, node: Node, how: str | End) -> None:
        self._active -= 1
        self._go_on(self._traversal.ended(node.id, how))

    def _step(self, node: Node) -> tuple[str | End, datetime | None]:
        """Run one node; return the handle that it took and, for a delay, when it ends."""
        entry = self._entries[node.id]
        if "decision" in entry:
            return self._followed_handle(node, entry["decision"]), None
        if node.is_action:
            self._act(node)
            return "out", None
        payload = FlowPayload.model_validate(
            {**self._payload(node).model_dump(), "op": node.operation}
        )
        answer = FlowRunner(self._ports).run(payload)
        if node.type == "delay":
            waits = answer.get("next") != "go"
            return "out", datetime.fromisoformat(answer["until"]) if waits else None
        return self._followed_handle(node, answer["handle"]), None

    def _act(self, node: Node) -> None:
        """Try as often as the node's retry policy says; time does not pass in between."""
        action = action_types()[node.type](self._ports)
        self._keep_plan(action, node)
        for _ in range(node.retry.max_attempts):
            with suppress(TransientError):  # the last try raises no such error
                StepRunner(action, self._ports).run(self._payload(node))
                return

    def _keep_plan(self, action: Action[Any, Any], node: Node) -> None:
        """Plan once beside the step itself; whatever forbids it, the step will say."""
        with suppress(BookflowError, StepSkipped, ValidationError):
            execution, context = self._ports.executions.with_context(self._ref)
            config = action.config_model.model_validate(dict(node.config))
            plan = action.plan(config, load_scope(self._ports, execution, node, context))
            self._plans[self._ref.execution_id, node.id] = preview(plan)

    def _followed_handle(self, node: Node, handle: str) -> str:
        """Return the handle as in the graph: a switch's cases have other names in the machine."""
        names = {name: case for case, name in self._entries[node.id].get("cases", {}).items()}
        return str(names.get(handle, handle))

    def _payload(self, node: Node) -> StepPayload:
        return StepPayload(
            schema_version=PAYLOAD_SCHEMA_VERSION,
            execution=self._ref,
            node=NodeRef.model_validate(self._entries[node.id]),
        )

    def _is_over(self) -> bool:
        execution = self._ports.executions.get(self._ref.location_id, self._ref.execution_id)
        return execution.status.is_final and execution.status is not ExecutionStatus.SKIPPED

    def _report(self, status: MachineStatus) -> None:
        Tracker(self._ports).apply(
            StatusChange(
                location_id=self._ref.location_id,
                execution_id=self._ref.execution_id,
                status=status,
                at=self._ports.clock.now(),
            )
        )
