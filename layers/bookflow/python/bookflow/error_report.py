"""How an error is logged: its class, its place, and its message only if it is our own."""

from __future__ import annotations

import traceback
from pathlib import PurePath
from typing import Any

from bookflow.domain.shared.errors import BookflowError

FRAMES = 8
"""Innermost frames that are named; a recursion may have a thousand."""


def error_report(error: Exception) -> dict[str, Any]:
    """Describe an error for the log.

    Messages of other errors than Bookflow's own may hold personal data: only their class and
    place are logged.
    """
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    report: dict[str, Any] = {
        "error": type(error).__name__,
        "where": [f"{PurePath(each.filename).name}:{each.lineno} {each.name}" for each in frames],
    }
    if isinstance(error, BookflowError):
        report["reason"] = str(error)
    return report
