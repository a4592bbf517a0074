"""How a workflow's runs ended lately: the figures beside its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

COUNTED_DAYS = 7
"""Days of the list's success rate, today included."""

KEPT = timedelta(days=730)
"""Life of the figures after the last run: a season may lie a year back."""


@dataclass(frozen=True)
class DayCount:
    """The runs of a workflow that ended on one day (UTC)."""

    day: date
    completed: int = 0
    failed: int = 0


@dataclass(frozen=True)
class ExecutionStatistics:
    """What a list of workflows tells of one workflow's runs.

    The figures are for people to look at: a crash at the wrong moment may lose one.

    Attributes:
        days: The last days with runs, at most `COUNTED_DAYS`; some may lie further back.
        last_ended_at: When a run ended last.
    """

    days: Sequence[DayCount]
    last_ended_at: datetime
