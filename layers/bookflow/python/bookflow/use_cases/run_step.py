"""Runs one action node inside an execution and records how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from bookflow.actions.base import Action, ActionConfig, StepSkipped
from bookflow.domain.errors import (
    BookflowError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from bookflow.domain.executions import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.graph import Node
from bookflow.domain.guard import Refusal, first_step_refusal, step_refusal
from bookflow.domain.payloads import StepPayload
from bookflow.domain.scope import Scope
from bookflow.domain.values import BookingStatus
from bookflow.ports import Ports
from bookflow.use_cases.step_scope import load_node, load_scope, statuses_written


class StepRunner:
    """Runs the steps of one action type."""

    def __init__(self, action: Action[Any, Any], ports: Ports) -> None:
        self._action = action
        self._ports = ports

    def run(self, payload: StepPayload) -> Mapping[str, Any]:
        """Run the step that a Task state asks for.

        Returns:
            The step's status, for the history of the state machine.

        Raises:
            TransientError: The state machine shall try again.
            PermanentError: The step failed for good; the record says why.
        """
        execution = self._ports.executions.get(
            payload.execution.location_id, payload.execution.execution_id
        )
        if execution.status is ExecutionStatus.CANCELLED:
            raise PermanentError("The run was cancelled; nothing more of it is done.")
        node = load_node(self._ports, payload)
        step = self._ports.executions.begin_step(self._new_step(execution, node))
        if step.status.is_final:
            return {"status": step.status}
        # Beside a delay that still lasts, the run goes on waiting.
        if execution.status is ExecutionStatus.WAITING and payload.node.after_delay:
            self._ports.executions.update(execution.changed(status=ExecutionStatus.RUNNING))
        try:
            return {"status": self._run(step, node, execution, payload).status}
        except TransientError as error:
            is_last = payload.attempt + 1 >= node.retry.max_attempts
            self._finish_failed(step, error, StepStatus.FAILED if is_last else StepStatus.RUNNING)
            raise
        except BookflowError as error:
            self._finish_failed(step, error, StepStatus.FAILED)
            raise

    def _run(self, step: Step, node: Node, execution: Execution, payload: StepPayload) -> Step:
        try:
            config = self._config(node)
            scope = load_scope(self._ports, execution, node)
            self._guard(execution, scope, after_delay=payload.node.after_delay)
            plan = self._action.plan(config, scope)
            output = self._action.perform(plan, self._once(scope))
        except StepSkipped as skipped:
            return self._finish(
                step,
                status=StepStatus.SKIPPED,
                reason_code=skipped.reason,
                error_message=_skip_message(skipped, step),
            )
        return self._finish(
            step, status=StepStatus.COMPLETED, output_data=dict(output), error_message=None
        )

    def _guard(self, execution: Execution, scope: Scope, *, after_delay: bool) -> None:
        booking = scope.context.booking

        def refusal(written: frozenset[BookingStatus]) -> Refusal | None:
            if after_delay:
                return step_refusal(execution, booking, written)
            return first_step_refusal(execution, scope.event, booking, scope.now, written)

        if refusal(frozenset()) is None or self._action.began(scope):
            return
        if (told := refusal(statuses_written(self._ports, execution))) is not None:
            raise StepSkipped(*told)

    def _config(self, node: Node) -> ActionConfig:
        try:
            return self._action.config_model.model_validate(dict(node.config))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise PermanentError(
                first["msg"],
                field=f"nodes.{node.id}.config.{'.'.join(map(str, first['loc']))}",
                remedy="Mend the node in the editor and publish again.",
            ) from None

    def _once(self, scope: Scope) -> Callable[..., Mapping[str, Any]]:
        def once(name: str, effect: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
            return self._ports.effects.once(f"{scope.effect_key}#{name}", effect)

        return once

    def _new_step(self, execution: Execution, node: Node) -> Step:
        return Step(
            location_id=execution.location_id,
            execution_id=execution.id,
            node_id=node.id,
            node_type=node.type,
            node_name=node.name,
            input_data=self._masked(node),
            started_at=self._ports.clock.now(),
            expires_at=execution.expires_at,
        )

    def _masked(self, node: Node) -> Mapping[str, Any]:
        try:
            return self._action.masked(self._config(node))
        except PermanentError:
            return {}  # an ill-formed configuration may hold a secret in any place

    def _finish(self, step: Step, **changes: Any) -> Step:
        finished = step.changed(**changes, completed_at=self._ports.clock.now())
        self._ports.executions.finish_step(finished)
        return finished

    def _finish_failed(self, step: Step, error: BookflowError, status: StepStatus) -> None:
        unknown = isinstance(error, OutcomeUnknownError)
        ended = self._ports.clock.now() if status.is_final else None
        self._ports.executions.finish_step(
            step.changed(
                status=status,
                reason_code=ReasonCode.OUTCOME_UNKNOWN if unknown else ReasonCode.STEP_FAILED,
                error_message=str(error),
                completed_at=ended,
            )
        )


def _skip_message(skipped: StepSkipped, step: Step) -> str:
    """Say that a step which is skipped now may have done a part of its work before."""
    if step.attempts == 1:
        return skipped.message
    return (
        f"{skipped.message} An earlier try of the step failed or broke off: what it had sent by then "
        "stays sent."
    )
