"""How often a workflow's runs ended well or badly on one day: the figures beside its name."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bookflow.domain.values import Identifier
from bookflow.domain.workflows import StoredModel

COUNTED_DAYS = 7
"""Days of the list's success rate, today included."""

KEPT = timedelta(days=30)
"""Life of a day's counts."""


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
