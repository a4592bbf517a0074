"""The input of an execution's machine, and how it names the slot of a step that failed.

Apart from the compiler, because each function that starts or steers an execution needs it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.workflows.graph import DEFAULT_HANDLE, FALSE_HANDLE, NO_HANDLE, TRUE_HANDLE

INPUT_SCHEMA_VERSION = 1

_EXECUTION_FIELDS = ("location_id", "execution_id", "workflow_id", "version")

_RECORD_FIELDS = ("booking_id", "customer_id", "activity_id")

_FAILED_SLOT = re.compile(r'\{"(n\d+)":')
# Quotes inside of the error's own texts are escaped, so they cannot match.
_ERROR_NAME = re.compile(r'"Error":\s*"([\w.-]+)"')


class FailedTask(NamedTuple):
    """The Task that an execution failed by.

    Attributes:
        slot: Where its node stands in the machine.
        error: Name of the error; None if unknown.
    """

    slot: str
    error: str | None


def execution_input(
    entries: Mapping[str, Mapping[str, Any]],
    execution: Mapping[str, Any],
    decisions: Mapping[str, str],
) -> dict[str, Any]:
    """Return the input of one execution: who it is, and for each slot the node that stands there.

    Args:
        entries: What the compiler's `node_entries` returned for the version.
        execution: Has `location_id`, `execution_id`, `workflow_id` and `version`; and, where they
            are known, `booking_id`, `customer_id` and `activity_id`.
        decisions: For each node decided at the start, the handle as in the graph (a case's id).

    Raises:
        KeyError: A field of `execution` is missing.
        PermanentError: The decision of a node that is decided at the start is missing.
    """
    return {
        "schema_version": INPUT_SCHEMA_VERSION,
        "execution": {
            **{field: execution[field] for field in _EXECUTION_FIELDS},
            **{field: execution[field] for field in _RECORD_FIELDS if execution.get(field)},
        },
        "nodes": {slot: _decided(entry, decisions) for slot, entry in entries.items()},
    }


def _decided(entry: Mapping[str, Any], decisions: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the entry with its decision, where it was decided at the start."""
    if not entry.get("decided_at_start"):
        return entry
    handle = decisions.get(entry["id"])
    if handle is None:
        raise PermanentError(
            f"Node {entry['id']!r} is decided at the start of an execution, and no decision is given.",
            field=f"decisions.{entry['id']}",
            remedy="Publish the workflow again; if it lasts, report it.",
        )
    plain = {
        name: value for name, value in entry.items() if name not in ("cases", "decided_at_start")
    }
    return {**plain, "decision": case_handle(entry.get("cases", {}), handle)}


def case_handle(cases: Mapping[str, str], handle: str) -> str:
    """Return a handle's name in the machine; a case that no edge leaves from becomes `none`."""
    if handle in cases:
        return cases[handle]
    return handle if handle in (TRUE_HANDLE, FALSE_HANDLE, DEFAULT_HANDLE) else NO_HANDLE


def parse_failure_cause(cause: str) -> FailedTask | None:
    """Read the cause of a `BookflowStepFailed` execution: a caught error by its slot, cut short.

    Returns None for any other text, such as the cause of a machine whose only step failed
    (Lambda's own JSON).
    """
    slot = _FAILED_SLOT.match(cause)
    if slot is None:
        return None
    error = _ERROR_NAME.search(cause)
    return FailedTask(slot.group(1), error.group(1) if error else None)
