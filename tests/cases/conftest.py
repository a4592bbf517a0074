"""Fixtures of the open cases: ports in memory, and one way to run an action's step.

An open case is a problem or a gap that people reported or an attack showed. Its test states what is
right and is expected to fail, strictly: the change that makes it pass takes the mark away. What
is not there yet has no name; where a test had to choose one (`success_statuses`,
`calendar_entry`), the change may choose a better one.
"""

from __future__ import annotations

from tests.unit.actions.conftest import Run, ports, run

__all__ = ["Run", "ports", "run"]
