"""Runs daily: deletes state machines that nothing uses any more."""

from __future__ import annotations

from typing import Any

from bookflow.bootstrap import services
from bookflow.edge import call
from bookflow.sweep import Sweeper


def handler(event: dict[str, Any], context: Any) -> Any:
    """Sweep and return the counts."""
    return call(lambda: Sweeper(services()).run())
