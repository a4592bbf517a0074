"""Runs one action node inside an execution and records how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from secrets import token_hex
from typing import Any, NoReturn

from pydantic import ValidationError

from bookflow.actions.base import Action, ActionConfig, StepSkipped
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepLack,
    StepStatus,
    effect_log_key,
)
from bookflow.domain.executions.payloads import StepPayload
from bookflow.domain.messages.sent.sent_message import KeptMessage
from bookflow.domain.reminders.eligibility import (
    SkipReason,
    first_step_skip_reason,
    guest_skip_reason,
    later_step_skip_reason,
    skipped_by_hand,
    step_skip_reason,
)
from bookflow.domain.shared.errors import (
    BookflowError,
    Lack,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.input_problems import field_path, in_words_of_form, problems_of
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
        execution, context = self._ports.executions.with_context(payload.execution)
        if execution.status is ExecutionStatus.CANCELLED:
            raise PermanentError("The execution was cancelled; nothing more of it is done.")
        if execution.erased_at is not None:
            raise PermanentError("The guest was erased; nothing more of the execution is done.")
        version = load_version(self._ports, payload)
        node = version.graph.node(payload.node.id)
        config = self._config(node)
        begun = Step.of(
            execution,
            node,
            # An ill-formed configuration may hold a secret in any place.
            input_data={} if isinstance(config, PermanentError) else self._action.masked(config),
            try_id=token_hex(8),
            started_at=self._ports.clock.now(),
        )
        # An execution that has ended runs again only if an engineer redrives its machine.
        tries = None if execution.status.is_final else node.retry.max_attempts
        step = self._ports.executions.begin_step(begun, tries)
        if step.status in (StepStatus.COMPLETED, StepStatus.SKIPPED):
            return {"status": step.status}
        if step.try_id != begun.try_id and step.status is StepStatus.FAILED:
            # The answer to the last try was lost on its way to Step Functions.
            raise PermanentError(step.error_message or "The step failed.")
        effects = _Effects(self._ports, execution, node, may_begin=step.try_id == begun.try_id)
        # Beside a delay that still lasts, the execution continues to wait.
        if execution.status is ExecutionStatus.WAITING and payload.node.after_delay:
            self._ports.executions.update(execution.changed(status=ExecutionStatus.RUNNING))
        try:
            scope = partial(load_scope, self._ports, execution, node, context)
            done = self._run(step, scope, config, version, payload, effects)
            return {"status": done.status}
        except TransientError as error:
            if step.attempts < node.retry.max_attempts:
                self._record_failure(step, error, StepStatus.RUNNING, effects)
                raise
            if error.output and not error.outcome_unknown:
                # Some of its messages were sent, and it is known that the others were not.
                done = self._finish(
                    step,
                    status=StepStatus.COMPLETED,
                    output_data=dict(error.output),
                    error_message=None,
                    lacks=None,
                )
                return {"status": done.status}
            last = _given_up(error)
            self._record_failure(step, last, StepStatus.FAILED, effects)
            raise last from None
        except BookflowError as error:
            self._record_failure(step, error, StepStatus.FAILED, effects)
            raise

    def _run(
        self,
        step: Step,
        load: Callable[[], Scope],
        config: ActionConfig | PermanentError,
        version: WorkflowVersion,
        payload: StepPayload,
        effects: _Effects,
    ) -> Step:
        if isinstance(config, PermanentError):
            raise config
        try:
            scope = load()
            self._guard(version, scope, config, after_delay=payload.node.after_delay)
            plan = self._action.plan(config, scope)
            output = self._action.perform(plan, effects.once)
        except StepSkipped as skipped:
            return self._finish(
                step,
                status=StepStatus.SKIPPED,
                reason_code=skipped.reason,
                error_message=_skip_message(skipped, step),
            )
        return self._finish(
            step,
            status=StepStatus.COMPLETED,
            output_data=dict(output),
            error_message=None,
            lacks=None,
        )

    def _guard(
        self, version: WorkflowVersion, scope: Scope, config: ActionConfig, *, after_delay: bool
    ) -> None:
        execution, booking = scope.execution, scope.context.booking
        writes_to_guest = self._action.writes_to_guest(config)

        def skip_reason(written: frozenset[BookingStatus]) -> SkipReason | None:
            if writes_to_guest:
                unsent = skipped_by_hand(execution, scope.context.in_hand)
                unsent = unsent or guest_skip_reason(execution, booking, written)
                if unsent is not None:
                    return unsent
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

    def _finish(self, step: Step, **changes: Any) -> Step:
        finished = step.changed(**changes, completed_at=self._ports.clock.now())
        self._ports.executions.finish_step(finished, self._action.take_deliveries())
        return finished

    def _record_failure(
        self, step: Step, error: BookflowError, status: StepStatus, effects: _Effects
    ) -> None:
        unknown = isinstance(error, OutcomeUnknownError)
        ended = self._ports.clock.now() if status.is_final else None
        self._ports.executions.finish_step(
            step.changed(
                status=status,
                reason_code=ReasonCode.OUTCOME_UNKNOWN if unknown else ReasonCode.STEP_FAILED,
                output_data=dict(error.output),
                error_message=in_words_of_form(error, self._action.config_model),
                lacks=_lack(error, step),
                unknown_effects=tuple(effects.unknown),
                failed_effects=tuple(effects.failed),
                completed_at=ended,
            ),
            self._action.take_deliveries(),
        )


class _Effects:
    """The effects of one try of a step, and how they ended.

    Step Functions counts the tries after each kind of error apart, and calls that Lambda refused
    count as none, so a machine may come back after a last try that died. Then nothing new is begun:
    what the try before did is looked up.

    Args:
        ports: Where effects are remembered.
        execution: The execution of the step.
        node: The step's node.
        may_begin: Whether the step has a try left, which is this one.
    """

    def __init__(self, ports: Ports, execution: Execution, node: Node, *, may_begin: bool) -> None:
        self._ports = ports
        self._execution = execution
        self._node = node
        self._may_begin = may_begin
        self.unknown: list[str] = []
        self.failed: list[str] = []

    def once(
        self,
        name: str,
        effect: Callable[[], Mapping[str, Any]],
        message: KeptMessage | None = None,
    ) -> Mapping[str, Any]:
        """Run an effect of the step unless it has run; return its result."""
        key = effect_log_key(self._execution, self._node.id, name)
        try:
            return self._ports.effects.once(
                key,
                effect if self._may_begin else _no_try_left,
                until=self._execution.expires_at,
                message=message if self._may_begin else None,
            )
        except OutcomeUnknownError:
            self.unknown.append(name)
            raise
        except BookflowError:
            self.failed.append(name)
            raise


def _no_try_left() -> NoReturn:
    raise PermanentError(
        "The last try broke off before this was done, and there is no try left.",
        remedy="Resume the execution.",
    )


def _given_up(error: TransientError) -> PermanentError:
    """Return what a transient error of the last try amounts to: nothing is tried after it."""
    kind = OutcomeUnknownError if error.outcome_unknown else PermanentError
    last = kind(error.message, field=error.field, remedy=error.remedy)
    last.output, last.lacks = error.output, error.lacks
    return last


def _lack(error: BookflowError, step: Step) -> StepLack | None:
    """Return what an error says that the step lacks; what a template's text lacks names the template."""
    is_in_template = (error.field or "").startswith("template.")
    lacks = error.lacks or (Lack("text") if is_in_template else None)
    if lacks is None:
        return None
    template_id = step.input_data.get("template") if is_in_template else None
    return StepLack(kind=lacks.kind, name=lacks.name, template_id=template_id)


def _skip_message(skipped: StepSkipped, step: Step) -> str:
    """Say that a step which is skipped now may have done a part of its work before."""
    if step.attempts == 1:
        return skipped.message
    return (
        f"{skipped.message} An earlier try of the step failed or broke off: what it had sent by then "
        "stays sent."
    )
