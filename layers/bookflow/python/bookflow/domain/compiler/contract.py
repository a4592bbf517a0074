"""What a machine is started with, and what it is called."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bookflow.domain.compiler.compile import COMPILER_VERSION, CompiledGraph
from bookflow.domain.compiler.states import canonical_json
from bookflow.domain.compiler.structure import (
    DEFAULT_HANDLE,
    FALSE_HANDLE,
    NO_HANDLE,
    TRUE_HANDLE,
    GraphNotCompilableError,
)
from bookflow.domain.errors import PermanentError
from bookflow.domain.graph import Graph

INPUT_SCHEMA_VERSION = 1
DEFAULT_TIMEOUT_SECONDS = 60

MAX_INPUT_BYTES = 196_608
"""Three quarters of what Step Functions takes (quota "Maximum input or output size", 262,144).

The rest is for what a run adds: its reference, and a caught error of up to 32 KiB.
"""

_EXECUTION_FIELDS = ("location_id", "execution_id", "workflow_id", "version")


def node_entries(
    compiled: CompiledGraph,
    graph: Graph,
    *,
    default_timeout: int | Mapping[str, int] = DEFAULT_TIMEOUT_SECONDS,
) -> dict[str, dict[str, Any]]:
    """Return for each slot the node that stands there: the part of the input that never changes.

    It is kept with the published version, so that a run can be started without compiling.

    Args:
        compiled: The machine of `graph`.
        graph: The drawing of the version.
        default_timeout: Seconds for nodes that set none; one number, or one for each node type
            (types that it leaves out get `DEFAULT_TIMEOUT_SECONDS`).

    Raises:
        GraphNotCompilableError: The entries are larger than `MAX_INPUT_BYTES`.
    """
    by_id = {node.id: node for node in graph.nodes}
    entries: dict[str, dict[str, Any]] = {}
    for slot, node_id in compiled.slots.items():
        node = by_id[node_id]
        if isinstance(default_timeout, int):
            timeout = default_timeout
        else:
            timeout = default_timeout.get(node.type, DEFAULT_TIMEOUT_SECONDS)
        entries[slot] = {
            "id": node_id,
            "type": node.type,
            "timeout": node.timeout_seconds or timeout,
            "after_delay": slot in compiled.after_delay,
        }
        if slot in compiled.cases:
            entries[slot]["cases"] = dict(compiled.cases[slot])
        if slot in compiled.decided:
            entries[slot]["decided_at_start"] = True
    size = len(json.dumps(entries, ensure_ascii=False).encode())
    if size > MAX_INPUT_BYTES:
        raise GraphNotCompilableError(
            f"An execution would start with {size:,} bytes; {MAX_INPUT_BYTES:,} are allowed.",
            field="nodes",
            remedy="Use shorter ids of nodes and cases, or split the workflow.",
        )
    return entries


def execution_input(
    entries: Mapping[str, Mapping[str, Any]],
    execution: Mapping[str, Any],
    decisions: Mapping[str, str],
) -> dict[str, Any]:
    """Return the input of one execution: who it is, and for each slot the node that stands there.

    Args:
        entries: What `node_entries` returned for the version.
        execution: Has `location_id`, `execution_id`, `workflow_id` and `version`.
        decisions: For each node decided at the start, the handle as drawn (a case's id).

    Raises:
        KeyError: A field of `execution` is missing.
        PermanentError: The decision of a node that is decided at the start is missing.
    """
    return {
        "schema_version": INPUT_SCHEMA_VERSION,
        "execution": {field: execution[field] for field in _EXECUTION_FIELDS},
        "nodes": {slot: _decided(entry, decisions) for slot, entry in entries.items()},
    }


def _decided(entry: Mapping[str, Any], decisions: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the entry with its decision, where it was decided at the start."""
    if not entry.get("decided_at_start"):
        return entry
    handle = decisions.get(entry["id"])
    if handle is None:
        raise PermanentError(
            f"Node {entry['id']!r} is decided at the start of a run, and no decision is given.",
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


def machine_name(prefix: str, compiled: CompiledGraph, role_arn: str, log_group_arn: str) -> str:
    """Return the machine's name: the prefix and 32 hexadecimal digits, at most 80 characters.

    CreateStateMachine takes an existing machine of that name for the same one whatever its role
    or logging, so the name covers all that makes a machine.

    Raises:
        ValueError: The prefix leaves no room.
    """
    identity = canonical_json([COMPILER_VERSION, compiled.digest, role_arn, log_group_arn])
    name = prefix + hashlib.sha256(identity.encode()).hexdigest()[:32]
    if len(name) > 80:
        raise ValueError(f"The prefix of machine names has more than 48 characters: {prefix!r}")
    return name


def parse_failure_cause(cause: str) -> tuple[str, str] | None:
    """Read the cause of a `BookflowStepFailed` execution: the slot, and the error as text.

    Returns None for any other text, such as the cause of a machine whose only step failed
    (Lambda's own JSON).
    """
    if not cause.startswith('{"'):
        return None
    slot, found, rest = cause[2:].partition('":')
    if not found or not slot.startswith("n") or not slot[1:].isdigit():
        return None
    return slot, rest
