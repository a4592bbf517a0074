"""Steps of which it is not known whether their effects happened, and how that becomes known."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.domain.executions.execution import ReasonCode, Step, StepStatus


def is_unsettled(step: Step) -> bool:
    """Say whether it is not known of an effect of an ended step whether it happened."""
    return step.status is StepStatus.FAILED and bool(step.unknown_effects)


def settled(step: Step, names: Sequence[str]) -> Step:
    """Return a step of which it is known by now that these effects have happened."""
    unknown = tuple(name for name in step.unknown_effects if name not in names)
    confirmed = [*step.output_data.get("confirmed", ()), *names]
    changed = step.changed(
        unknown_effects=unknown, output_data={**step.output_data, "confirmed": confirmed}
    )
    if unknown:
        return changed
    if step.failed_effects:
        return changed.changed(reason_code=ReasonCode.STEP_FAILED)
    return changed.changed(
        status=StepStatus.COMPLETED, reason_code=None, error_message=None, lacks=None
    )
