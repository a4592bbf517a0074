"""How the deletion of an unused state machine and a publish that wants it keep apart."""

from __future__ import annotations

from datetime import timedelta

from bookflow.domain.shared.errors import TransientError

DELETION = timedelta(minutes=2)
"""Longer than deleting a machine takes, with all its waits and tries."""


def being_deleted() -> TransientError:
    """Return the error of a publish whose machine is being deleted."""
    return TransientError(
        "The workflow's state machine is being deleted at this moment, as it was not used for long.",
        remedy="Nothing was changed. Publish again in two minutes.",
        retry_after=DELETION.total_seconds(),
    )
