"""Settles effects of unknown outcome by what the service that had them reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.domain.executions.execution import (
    Execution,
    ReasonCode,
    StepStatus,
    effect_log_key,
)
from bookflow.domain.executions.outcomes import is_unsettled, settled
from bookflow.ports import Ports


class OutcomeReporter:
    """Takes reports of effects; what is known already stays as it is."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def report(
        self,
        execution: Execution,
        node_id: str,
        effect: str,
        *,
        result: Mapping[str, Any],
        problem: str | None = None,
    ) -> bool:
        """Record what a service reports of an effect; say whether that was not known.

        An effect that is under way, or whose process died, is settled as well: a later try of its
        step finds the result.

        Args:
            execution: The execution that had the effect.
            node_id: The node of its step.
            effect: The effect's name within the step.
            result: What the effect gave.
            problem: Why the effect is of no use, if it is not: the step has failed then.
        """
        store = self._ports.executions
        key = effect_log_key(execution, node_id, effect)
        if not self._ports.effects.settle(key, result):
            return False
        for step in store.steps(execution.location_id, execution.id):
            if step.node_id == node_id and is_unsettled(step) and effect in step.unknown_effects:
                changed = settled(step, (effect,))
                if problem:
                    changed = changed.changed(
                        status=StepStatus.FAILED,
                        reason_code=changed.reason_code or ReasonCode.STEP_FAILED,
                        error_message=problem,
                    )
                store.finish_step(changed)
        return True
