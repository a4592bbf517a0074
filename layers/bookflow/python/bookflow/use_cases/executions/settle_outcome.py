"""Lets a person settle a step of unknown outcome: its effect arrived, or it is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.domain.executions.execution import (
    Execution,
    ReasonCode,
    Step,
    effect_log_key,
    resumed_execution_id,
)
from bookflow.domain.executions.outcomes import is_unsettled, settled
from bookflow.domain.messages.sent.sent_message import MessageState, message_record_id
from bookflow.domain.shared.errors import ConflictError, NotFoundError
from bookflow.ports import Ports
from bookflow.use_cases.executions.manage_executions import RESUMABLE
from bookflow.use_cases.executions.resume import Resumer

CONFIRMED: Mapping[str, Any] = {"confirmed": True}
"""Result of an effect that a person says has happened."""


class OutcomeSettler:
    """Lets a person say what became of an effect.

    What arrived is remembered as done, so neither a retry nor a resumed execution repeats it.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def arrived(self, location_id: str, execution_id: str, node_id: str) -> Step:
        """Record that the step's effects of unknown outcome have happened; return the step.

        The step is completed, unless others of its effects failed: those are done when the
        execution is resumed.

        Raises:
            ConflictError: The step's outcome is known, or the execution was resumed.
            NotFoundError: There is no such execution or step.
        """
        execution, step = self._unsettled(location_id, execution_id, node_id)
        for name in step.unknown_effects:
            key = effect_log_key(execution, node_id, name)
            self._ports.effects.settle(key, CONFIRMED)
            owner = execution.owner
            self._ports.messages.note(
                location_id,
                owner,
                message_record_id(owner, node_id, name),
                execution.id,
                MessageState.ACCEPTED,
                self._ports.clock.now(),
            )
        return self._store(settled(step, step.unknown_effects))

    def send_again(
        self, location_id: str, execution_id: str, node_id: str, resumer: Resumer
    ) -> Execution:
        """Resume the execution and let the step's effects of unknown outcome happen again.

        Returns:
            The execution that resumes this one.

        Raises:
            ConflictError: The step's outcome is known, or the execution cannot be resumed or was.
            NotFoundError: There is no such execution or step.
        """
        execution, step = self._unsettled(location_id, execution_id, node_id)
        if execution.status not in RESUMABLE:
            raise ConflictError(
                f"The execution is {execution.status}, so none of its steps can be sent again.",
                field="outcome",
                remedy="Do it by hand, then choose It arrived.",
            )
        for name in step.unknown_effects:
            self._ports.effects.settle(effect_log_key(execution, node_id, name), None)
        resumed = resumer.resume(location_id, execution_id)
        self._store(
            step.changed(
                reason_code=ReasonCode.STEP_FAILED,
                failed_effects=(*step.failed_effects, *step.unknown_effects),
                unknown_effects=(),
            )
        )
        return resumed

    def _unsettled(
        self, location_id: str, execution_id: str, node_id: str
    ) -> tuple[Execution, Step]:
        store = self._ports.executions
        execution = store.get(location_id, execution_id)
        step = next(
            (each for each in store.steps(location_id, execution_id) if each.node_id == node_id),
            None,
        )
        if step is None:
            raise NotFoundError("The execution has no such step.", field="node_id")
        if not is_unsettled(step):
            raise ConflictError(
                "The outcome of the step is known.",
                field="node_id",
                remedy="Load the execution again.",
            )
        following = resumed_execution_id(location_id, execution_id)
        if store.existing(location_id, [following]):
            raise ConflictError(
                "The execution was resumed already.",
                field="execution_id",
                remedy="Open the execution that resumes it, and settle the step there.",
            )
        return execution, step

    def _store(self, step: Step) -> Step:
        self._ports.executions.finish_step(step)
        return step
