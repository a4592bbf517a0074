"""The signature of an error: failed executions with the same one are resumed together."""

from __future__ import annotations

import hashlib
import re

from bookflow.domain.executions.execution import Execution, ExecutionStatus

_VARYING = re.compile(
    r"\"[^\"]*\" failed|'[^']*'|\"[^\"]*\"|[0-9a-f]{8}-[0-9a-f-]{27}|\b[a-z]{1,6}_[0-9a-f]{8,}\b|\d+",
    re.IGNORECASE,
)


def error_signature(execution: Execution) -> str | None:
    """Return what failures of one cause share, None for an execution that has not failed.

    It is a digest of reason and message without quoted texts, ids and numbers, so that the same
    error with another booking has the same signature. HTTP statuses stay: they are the error.
    """
    if execution.status is not ExecutionStatus.FAILED:
        return None
    message = _VARYING.sub(_replaced, execution.error_message or "")
    key = f"{execution.workflow_id}\x1f{execution.reason_code}\x1f{message}"
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _replaced(found: re.Match[str]) -> str:
    """Keep HTTP statuses and the name of the failed step; replace everything else."""
    if found.group().endswith(" failed"):
        return found.group()
    before = found.string[max(0, found.start() - 7) : found.start()]
    return found.group() if before == "status " else "#"
