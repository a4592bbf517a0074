"""What a version stores of its machine's input, and what the machine is called."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from bookflow.domain.compiler.compiled import COMPILER_VERSION, CompiledGraph
from bookflow.domain.compiler.errors import GraphNotCompilableError
from bookflow.domain.compiler.states import canonical_json
from bookflow.domain.workflows.graph import Graph

DEFAULT_TIMEOUT_SECONDS = 60

MAX_INPUT_BYTES = 196_608
"""Three quarters of what Step Functions takes (quota "Maximum input or output size", 262,144).

The rest is for what an execution adds: its reference, and a caught error of up to 32 KiB.
"""


def node_entries(
    compiled: CompiledGraph,
    graph: Graph,
    *,
    default_timeout: int | Mapping[str, int] = DEFAULT_TIMEOUT_SECONDS,
) -> dict[str, dict[str, Any]]:
    """Return for each slot the node that stands there: the part of the input that never changes.

    It is stored with the published version, so that an execution can be started without compiling.

    Args:
        compiled: The machine of `graph`.
        graph: The graph of the version.
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


_DIGEST_DIGITS = 29
_NAME_END = re.compile(rf"(\d{{2}})-[0-9a-f]{{{_DIGEST_DIGITS}}}")


def compiler_version_of(name: str) -> int:
    """Return the version of the compiler that made a machine of this name or ARN; 0 if none is named."""
    found = _NAME_END.fullmatch(name[-(_DIGEST_DIGITS + 3) :])
    return int(found[1]) if found else 0


def machine_name(prefix: str, compiled: CompiledGraph, role_arn: str, log_group_arn: str) -> str:
    """Return the machine's name: the prefix, the compiler's version and a digest, 80 characters at most.

    CreateStateMachine takes an existing machine of that name for the same one whatever its role
    or logging, so the name covers all that makes a machine.

    Raises:
        ValueError: The prefix leaves no room.
    """
    identity = canonical_json([COMPILER_VERSION, compiled.digest, role_arn, log_group_arn])
    digest = hashlib.sha256(identity.encode()).hexdigest()[:_DIGEST_DIGITS]
    name = f"{prefix}{COMPILER_VERSION:02d}-{digest}"
    if len(name) > 80:
        raise ValueError(f"The prefix of machine names has more than 48 characters: {prefix!r}")
    return name
