"""How a workflow's executions ended lately: the statistics beside its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

COUNTED_DAYS = 7
"""Days of the list's success rate, today included."""

KEPT = timedelta(days=730)
"""Life of the statistics after the last execution: a season may lie a year back."""


@dataclass(frozen=True)
class DayCount:
    """The executions of a workflow that ended on one day (UTC)."""

    day: date
    completed: int = 0
    failed: int = 0


@dataclass(frozen=True)
class ExecutionStatistics:
    """What a list of workflows shows of one workflow's executions.

    Attributes:
        days: The last days with executions, at most `COUNTED_DAYS`; some may lie further back.
        last_ended_at: When an execution ended last.
    """

    days: Sequence[DayCount]
    last_ended_at: datetime
