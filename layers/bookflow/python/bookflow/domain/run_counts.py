"""How often a workflow's runs ended well or badly on one day: the figures beside its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bookflow.domain.values import Identifier
from bookflow.domain.workflows import StoredModel

COUNTED_DAYS = 7
"""Days of the list's success rate, today included."""

KEPT = timedelta(days=30)
"""Life of a day's counts."""

LAST_RUN_KEPT = timedelta(days=730)
"""Life of the day of a workflow's last run: a season may lie a year back."""


class DayCount(StoredModel):
    """The runs of a workflow that ended on one day (UTC).

    The figures are for people to look at: a crash at the wrong moment may lose one.
    """

    location_id: Identifier
    workflow_id: Identifier
    day: date
    completed: int = 0
    failed: int = 0
    last_ended_at: datetime


@dataclass(frozen=True)
class RunFigures:
    """What a list of workflows tells of their runs.

    Attributes:
        days: The figures of each workflow and day.
        last_days: When each workflow's first run of its last day with runs ended, by workflow id.
    """

    days: Sequence[DayCount]
    last_days: Mapping[str, datetime]

    def days_of(self, workflow_id: str) -> tuple[DayCount, ...]:
        """Return the figures of one workflow."""
        return tuple(each for each in self.days if each.workflow_id == workflow_id)

    def last_run(self, workflow_id: str) -> datetime | None:
        """Return when a run of the workflow ended last; exact within the days that are told."""
        ends = [each.last_ended_at for each in self.days_of(workflow_id)]
        if workflow_id in self.last_days:
            ends.append(self.last_days[workflow_id])
        return max(ends, default=None)
