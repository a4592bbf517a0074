"""Runs one action node inside an execution and records how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from bookflow.actions.base import Action, ActionConfig, StepSkipped
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.executions.payloads import StepPayload
from bookflow.domain.reminders.eligibility import (
    SkipReason,
    first_step_skip_reason,
    later_step_skip_reason,
    step_skip_reason,
)
from bookflow.domain.shared.errors import (
    BookflowError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.input_problems import field_path, problems_of
from bookflow.domain.shared.wall_time import zone_named
from bookflow.domain.workflows.graph import Node
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import Ports
from bookflow.use_cases.runtime.step_scope import load_scope, load_version, statuses_written


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
            TransientError: The state machine retries.
            PermanentError: The step failed for good, by its last try too; the record says why.
        """
        execution = self._ports.executions.get(
            payload.execution.location_id, payload.execution.execution_id
        )
        if execution.status is ExecutionStatus.CANCELLED:
            raise PermanentError("The execution was cancelled; nothing more of it is done.")
        version = load_version(self._ports, payload)
        node = version.graph.node(payload.node.id)
        config = self._config(node)
        step = self._ports.executions.begin_step(self._new_step(execution, node, config))
        if step.status.is_final:
            return {"status": step.status}
        # Beside a delay that still lasts, the execution continues to wait.
        if execution.status is ExecutionStatus.WAITING and payload.node.after_delay:
            self._ports.executions.update(execution.changed(status=ExecutionStatus.RUNNING))
        try:
            _require_try(min(step.attempts, payload.attempt + 1), node)
            return {"status": self._run(step, node, config, execution, version, payload).status}
        except TransientError as error:
            if payload.attempt + 1 < node.retry.max_attempts:
                self._record_failure(step, error, StepStatus.RUNNING)
                raise
            last = _given_up(error)
            self._record_failure(step, last, StepStatus.FAILED)
            raise last from None
        except BookflowError as error:
            self._record_failure(step, error, StepStatus.FAILED)
            raise

    def _run(
        self,
        step: Step,
        node: Node,
        config: ActionConfig | PermanentError,
        execution: Execution,
        version: WorkflowVersion,
        payload: StepPayload,
    ) -> Step:
        if isinstance(config, PermanentError):
            raise config
        try:
            scope = load_scope(self._ports, execution, node)
            self._guard(execution, version, scope, after_delay=payload.node.after_delay)
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

    def _guard(
        self, execution: Execution, version: WorkflowVersion, scope: Scope, *, after_delay: bool
    ) -> None:
        booking = scope.context.booking

        def skip_reason(written: frozenset[BookingStatus]) -> SkipReason | None:
            if after_delay:
                reason = step_skip_reason(execution, booking, written)
                zone = zone_named(scope.context.location.timezone)
                return reason or later_step_skip_reason(
                    version, scope.node.id, booking, scope.now, zone
                )
            return first_step_skip_reason(execution, scope.event, booking, scope.now, written)

        if skip_reason(frozenset()) is None or self._action.began(scope):
            return
        if (reason := skip_reason(statuses_written(self._ports, execution))) is not None:
            raise StepSkipped(*reason)

    def _config(self, node: Node) -> ActionConfig | PermanentError:
        """Return the node's configuration, or what is wrong with it: the record comes first."""
        try:
            return self._action.config_model.model_validate(dict(node.config))
        except ValidationError as error:
            model = self._action.config_model
            location, _, reason, remedy = next(problems_of(error, model))
            return PermanentError(
                reason,
                field=f"nodes.{node.id}.{field_path(('config', *location))}",
                remedy=f"{remedy} Publish the workflow again.".strip(),
            )

    def _once(self, scope: Scope) -> Callable[..., Mapping[str, Any]]:
        def once(name: str, effect: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
            return self._ports.effects.once(f"{scope.effect_key}#{name}", effect)

        return once

    def _new_step(
        self, execution: Execution, node: Node, config: ActionConfig | PermanentError
    ) -> Step:
        return Step(
            location_id=execution.location_id,
            execution_id=execution.id,
            node_id=node.id,
            node_type=node.type,
            node_name=node.name,
            # An ill-formed configuration may hold a secret in any place.
            input_data={} if isinstance(config, PermanentError) else self._action.masked(config),
            started_at=self._ports.clock.now(),
            expires_at=execution.expires_at,
        )

    def _finish(self, step: Step, **changes: Any) -> Step:
        finished = step.changed(**changes, completed_at=self._ports.clock.now())
        self._ports.executions.finish_step(finished)
        return finished

    def _record_failure(self, step: Step, error: BookflowError, status: StepStatus) -> None:
        unknown = isinstance(error, OutcomeUnknownError)
        ended = self._ports.clock.now() if status.is_final else None
        self._ports.executions.finish_step(
            step.changed(
                status=status,
                reason_code=ReasonCode.OUTCOME_UNKNOWN if unknown else ReasonCode.STEP_FAILED,
                output_data=dict(error.output),
                error_message=str(error),
                completed_at=ended,
            )
        )


def _require_try(tries: int, node: Node) -> None:
    """Raise `OutcomeUnknownError` for a try beyond those that the node allows.

    Step Functions counts the tries after each kind of error apart, so it comes back once more
    after a last try that died with its function. The calls that it counts may never have begun the
    function, and the tries that the record counts may be one that was written twice: so the lesser
    number is the true one.
    """
    if tries > node.retry.max_attempts:
        raise OutcomeUnknownError(
            "The last try broke off without a result, and there is none left.",
            remedy="Look whether the step had its effect before you retry it.",
        )


def _given_up(error: TransientError) -> PermanentError:
    """Return what a transient error of the last try amounts to: nothing is tried after it."""
    kind = OutcomeUnknownError if error.outcome_unknown else PermanentError
    last = kind(error.message, field=error.field, remedy=error.remedy)
    last.output = error.output
    return last


def _skip_message(skipped: StepSkipped, step: Step) -> str:
    """Say that a step which is skipped now may have done a part of its work before."""
    if step.attempts == 1:
        return skipped.message
    return (
        f"{skipped.message} An earlier try of the step failed or broke off: what it had sent by then "
        "stays sent."
    )
