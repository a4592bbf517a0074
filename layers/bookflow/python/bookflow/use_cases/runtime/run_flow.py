"""Runs the flow nodes that need code: delays, conditions, switches and joins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bookflow.domain.bookings.records import Location
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.executions.machine_input import case_handle
from bookflow.domain.executions.payloads import (
    ExecutionRef,
    FlowPayload,
    JoinArrivePayload,
    JoinWaitPayload,
)
from bookflow.domain.flow.decisions import decide
from bookflow.domain.flow.delay import DelayConfig, DelaySkip, delay_until
from bookflow.domain.shared.errors import BookflowError, NothingFollows
from bookflow.domain.workflows.graph import Node
from bookflow.domain.workflows.joins import JoinState
from bookflow.ports import Ports
from bookflow.use_cases.runtime.step_scope import load_scope, load_version


class FlowRunner:
    """Steers an execution; none of it has an effect on the outside world."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def run(self, payload: FlowPayload | JoinArrivePayload | JoinWaitPayload) -> Mapping[str, Any]:
        """Do what a flow Task state asks for and return what its next state reads.

        Raises:
            TransientError: The state machine retries.
            NothingFollows: What the delay leads to must not happen; it is recorded as skipped.
            PermanentError: The node failed for good; the record says why.
        """
        if isinstance(payload, JoinArrivePayload):
            return self._arrive(payload)
        if isinstance(payload, JoinWaitPayload):
            return self._wait(payload)
        return self._steer(payload)

    def _steer(self, payload: FlowPayload) -> Mapping[str, Any]:
        ref = payload.execution
        execution = self._ports.executions.get(ref.location_id, ref.execution_id)
        node = load_version(self._ports, payload).graph.node(payload.node.id)
        step = self._ports.executions.begin_step(self._new_step(execution, node))
        if step.status is StepStatus.SKIPPED:
            raise NothingFollows(step.error_message or "The delay was skipped.")
        if step.status is StepStatus.COMPLETED and "handle" in step.output_data:
            # Decided in an earlier try, or in the execution that is resumed: what follows has begun
            # by it.
            return {"handle": case_handle(payload.node.cases, step.output_data["handle"])}
        try:
            if payload.op == "delay":
                return self._delay(step, execution, node)
            return self._choose(step, execution, node, payload.node.cases)
        except NothingFollows:
            raise
        except BookflowError as error:
            self._finish(
                step,
                status=StepStatus.FAILED,
                reason_code=ReasonCode.STEP_FAILED,
                error_message=str(error),
            )
            raise

    def _delay(self, step: Step, execution: Execution, node: Node) -> Mapping[str, Any]:
        scope = load_scope(self._ports, execution, node)
        booking = scope.context.booking
        until = delay_until(
            DelayConfig.model_validate(dict(node.config)),
            now=step.started_at,
            began=execution.started_at,
            booking_start=booking.start_time if booking else None,
            booking_end=booking.end_time if booking else None,
            timezone=scope.context.location.timezone,
        )
        if isinstance(until, DelaySkip):
            self._finish(
                step,
                status=StepStatus.SKIPPED,
                reason_code=until.code,
                error_message=until.detail,
            )
            raise NothingFollows(until.detail)
        self._finish(step, status=StepStatus.COMPLETED, output_data={"until": _utc_text(until)})
        if until > scope.now:
            self._ports.executions.update(execution.changed(status=ExecutionStatus.WAITING))
            self._keep_beyond(until, execution, scope.context.location)
        return {"until": _utc_text(until)}

    def _keep_beyond(self, until: datetime, execution: Execution, location: Location) -> None:
        """Let no record expire before the execution continues: its steps need them."""
        keep_until = execution.outliving(until, location.retention)
        if keep_until is not None:
            self._ports.executions.keep_until(execution.location_id, execution.id, keep_until)

    def _choose(
        self, step: Step, execution: Execution, node: Node, cases: Mapping[str, str]
    ) -> Mapping[str, Any]:
        scope = load_scope(self._ports, execution, node)
        handle = decide(node, scope.variables, scope.context.location.timezone, scope.now)
        self._finish(step, status=StepStatus.COMPLETED, output_data={"handle": handle})
        return {"handle": case_handle(cases, handle)}

    def _arrive(self, payload: JoinArrivePayload) -> Mapping[str, Any]:
        ref = payload.execution
        for join, decided in payload.decisions.items():
            self._answer(self._ports.joins.arrive(ref.location_id, ref.execution_id, join, decided))
        return {}

    def _wait(self, payload: JoinWaitPayload) -> Mapping[str, Any]:
        ref: ExecutionRef = payload.execution
        self._answer(
            self._ports.joins.wait(
                ref.location_id, ref.execution_id, payload.join, payload.expected, payload.token
            )
        )
        return {}

    def _answer(self, state: JoinState) -> None:
        """Let the waiting branch continue once all edges are decided; the last branch does this."""
        outcome = state.outcome()
        if outcome is not None and state.token is not None:
            self._ports.machines.answer(state.token, {"decision": outcome})

    def _new_step(self, execution: Execution, node: Node) -> Step:
        return Step(
            location_id=execution.location_id,
            execution_id=execution.id,
            node_id=node.id,
            node_type=node.type,
            node_name=node.name,
            input_data=dict(node.config),
            started_at=self._ports.clock.now(),
            expires_at=execution.expires_at,
        )

    def _finish(self, step: Step, **changes: Any) -> None:
        self._ports.executions.finish_step(
            step.changed(**changes, completed_at=self._ports.clock.now())
        )


def _utc_text(moment: Any) -> str:
    """Return the form that a Wait state reads: RFC 3339 in UTC."""
    return str(moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))
