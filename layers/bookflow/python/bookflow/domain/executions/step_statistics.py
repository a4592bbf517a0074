"""How the executions of a workflow version fared at each of its steps, by the day on which they ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bookflow.domain.executions.execution import Execution, ReasonCode, Step, StepStatus

STEP_DAYS = 30
"""Days that can be asked for, today included."""

STEP_DAYS_KEPT = timedelta(days=STEP_DAYS + 5)
"""How long a day's counters live after it."""

_WHOLE = ""
"""Stands for the execution itself, in the place of a node."""

Counters = Mapping[str, int]
"""Counts by what `counters` names."""


@dataclass(frozen=True)
class StepCounts:
    """What executions that ended did at one node.

    Attributes:
        skipped: Counts by the reason.
    """

    node_id: str
    completed: int
    failed: int
    skipped: Mapping[str, int]

    @property
    def came(self) -> int:
        """How many executions came to the node."""
        return self.completed + self.failed + sum(self.skipped.values())


@dataclass(frozen=True)
class StepStatistics:
    """The executions of a version that ended on some days.

    Attributes:
        ended: Executions by their status.
        steps: Only nodes to which an execution came.
        answered: How many surveys were answered on these days, by the node of each step that asks.
    """

    version: int
    ended: Mapping[str, int]
    steps: Sequence[StepCounts]
    answered: Mapping[str, int] = field(default_factory=dict)


def counters(execution: Execution, steps: Iterable[Step]) -> Sequence[str]:
    """Return the counters that an ended execution raises by one.

    Steps that a resumed execution took over from the failed one are counted there.
    """
    new = [step for step in steps if step.started_at >= execution.started_at]
    names = [_name(execution.version, _WHOLE, execution.status)]
    names += [_name(execution.version, step.node_id, _outcome(step)) for step in new]
    return sorted(set(names))


def step_statistics(days: Mapping[date, Counters], version: int, since: date) -> StepStatistics:
    """Return the statistics of a version from a day on."""
    total: Counter[str] = Counter()
    for day, counted in days.items():
        if day >= since:
            total.update(counted)
    by_node: dict[str, dict[str, int]] = {}
    for name, count in total.items():
        of_version, node_id, outcome = _parts(name)
        if of_version == version:
            by_node.setdefault(node_id, {})[outcome] = count
    return StepStatistics(
        version=version,
        ended=by_node.pop(_WHOLE, {}),
        steps=[_counts(node_id, by_node[node_id]) for node_id in sorted(by_node)],
    )


def _counts(node_id: str, outcomes: Mapping[str, int]) -> StepCounts:
    skipped = {
        outcome.partition(":")[2]: count
        for outcome, count in outcomes.items()
        if outcome.startswith(StepStatus.SKIPPED)
    }
    completed, failed = (
        outcomes.get(status, 0) for status in (StepStatus.COMPLETED, StepStatus.FAILED)
    )
    return StepCounts(node_id, completed, failed, skipped)


def _outcome(step: Step) -> str:
    if step.status is StepStatus.SKIPPED:
        return f"{StepStatus.SKIPPED}:{step.reason_code or ReasonCode.NO_CHANGE}"
    return StepStatus.COMPLETED if step.status is StepStatus.COMPLETED else StepStatus.FAILED


def _name(version: int, node_id: str, outcome: str) -> str:
    return f"{version}#{node_id}#{outcome}"


def _parts(name: str) -> tuple[int, str, str]:
    version, _, rest = name.partition("#")
    node_id, _, outcome = rest.rpartition("#")
    return int(version), node_id, outcome
