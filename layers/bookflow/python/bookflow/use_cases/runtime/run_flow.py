"""Runs the flow nodes that need code: delays, conditions, switches and joins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from bookflow.domain.bookings.records import Location
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.domain.executions.execution import (
    ENDED_BY_HAND,
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
        execution, context = self._ports.executions.with_context(payload.execution)
        node = load_version(self._ports, payload).graph.node(payload.node.id)
        new = Step.of(
            execution,
            node,
            input_data=dict(node.config),
            try_id=token_hex(8),
            started_at=self._ports.clock.now(),
        )
        if payload.op == "delay_until":
            new = new.changed(output_data=self._output_so_far(new))
        step = self._ports.executions.begin_step(new)
        if step.status is StepStatus.SKIPPED:
            raise NothingFollows(step.error_message or "The delay was skipped.")
        if step.status is StepStatus.COMPLETED and step.output_data.get(ENDED_BY_HAND):
            return {"until": step.output_data["until"], "next": "go"}
        if step.status is StepStatus.COMPLETED and "handle" in step.output_data:
            # Decided in an earlier try, or in the execution that is resumed: what follows has begun
            # by it.
            return {"handle": case_handle(payload.node.cases, step.output_data["handle"])}
        try:
            if payload.op == "delay_until" and step.status is StepStatus.COMPLETED:
                return {"until": step.output_data.get("until"), "next": "go"}
            scope = load_scope(self._ports, execution, node, context)
            if payload.op == "delay":
                return self._delay(step, scope)
            if payload.op == "delay_until":
                return self._delay_until(step, scope)
            return self._choose(step, scope, payload.node.cases)
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

    def _delay(self, step: Step, scope: Scope) -> Mapping[str, Any]:
        until = self._end_of_wait(step, scope, step.started_at)
        self._finish(step, status=StepStatus.COMPLETED, output_data={"until": _utc_text(until)})
        self._note_wait(until, scope)
        return {"until": _utc_text(until)}

    def _delay_until(self, step: Step, scope: Scope) -> Mapping[str, Any]:
        """Wait until a time around the booking, and on if the booking has moved later meanwhile.

        The machine asks at the beginning and after each wait, until the answer is to go on. The
        step waits until then, and keeps the time that it waits for.
        """
        earlier = step.output_data.get("until")
        until = self._end_of_wait(step, scope, step.started_at)
        if earlier is not None and _utc_text(until) != earlier:
            # The booking moved. What follows is judged as of now: it may be too late for it.
            if isinstance(scope.event, BookingReminder):
                until = scope.now  # the new time has a reminder of its own: the next step says so
            else:
                until = self._end_of_wait(step, scope, scope.now)
        waits = until > scope.now
        self._finish(
            step,
            status=StepStatus.WAITING if waits else StepStatus.COMPLETED,
            output_data={"until": _utc_text(until)},
        )
        self._note_wait(until, scope)
        return {"until": _utc_text(until), "next": "wait" if waits else "go"}

    def _output_so_far(self, step: Step) -> Mapping[str, Any]:
        """Return what the step recorded when the machine asked before: when its wait was to end."""
        steps = self._ports.executions.steps(step.location_id, step.execution_id)
        return next((each.output_data for each in steps if each.node_id == step.node_id), {})

    def _end_of_wait(self, step: Step, scope: Scope, now: datetime) -> datetime:
        """Return when the wait ends, as the booking stands.

        Raises:
            NothingFollows: It must not end; the step is recorded as skipped.
        """
        booking = scope.context.booking
        until = delay_until(
            DelayConfig.model_validate(dict(scope.node.config)),
            now=now,
            began=scope.execution.started_at,
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
        return until

    def _note_wait(self, until: datetime, scope: Scope) -> None:
        if until > scope.now:
            waiting = scope.execution.changed(status=ExecutionStatus.WAITING)
            self._ports.executions.update(waiting)
            self._keep_beyond(until, scope.execution, scope.context.location)

    def _keep_beyond(self, until: datetime, execution: Execution, location: Location) -> None:
        """Let no record expire before the execution continues: its steps need them."""
        keep_until = execution.outliving(until, location.retention)
        if keep_until is not None:
            self._ports.executions.keep_until(execution.location_id, execution.id, keep_until)

    def _choose(self, step: Step, scope: Scope, cases: Mapping[str, str]) -> Mapping[str, Any]:
        handle = decide(scope.node, scope.variables, scope.context.location.timezone, scope.now)
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

    def _finish(self, step: Step, **changes: Any) -> None:
        ended = step.changed(**changes)
        completed_at = self._ports.clock.now() if ended.status.is_final else None
        self._ports.executions.finish_step(ended.changed(completed_at=completed_at))


def _utc_text(moment: Any) -> str:
    """Return the form that a Wait state reads: RFC 3339 in UTC."""
    return str(moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))
