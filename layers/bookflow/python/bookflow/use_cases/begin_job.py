"""Begins a job that is done in pages: its message first, so that no crash leaves a job without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from bookflow.ports import Ports

SavedT = TypeVar("SavedT")


def begin_job(
    ports: Ports, message: Mapping[str, Any], save: Callable[[], SavedT], *, settling: int
) -> SavedT:
    """Send the first message of a job and store the job; return what storing returns.

    A crash in between leaves a message of no job, which finds nothing to do. So does a message that
    comes before a slow write is done: then it is sent once more. Two messages of a job cost its pace, and
    repeat nothing.

    Args:
        ports: The queue and the clock.
        message: Asks for the job's first page.
        save: Stores the job.
        settling: Seconds in which the job is usually stored: so long the message waits.
    """
    sent_at = ports.clock.now()
    ports.reminder_jobs.send(message, delay_seconds=settling)
    saved = save()
    if ports.clock.now() - sent_at >= timedelta(seconds=settling):
        ports.reminder_jobs.send(message)
    return saved
