"""The result of compiling: the machine, and the slot of each node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bookflow.domain.compiler.errors import GraphNotCompilableError

COMPILER_VERSION = 5
"""Part of a machine's name: raised when the same graph shall give another machine."""

MAX_DEFINITION_BYTES = 1_048_576
"""Size of a definition that Step Functions takes (quota "Maximum state machine definition size")."""


@dataclass(frozen=True)
class CompiledGraph:
    """A graph as a machine.

    Attributes:
        definition_json: The machine, JSONPath dialect, in canonical JSON: what
            CreateStateMachine takes.
        digest: SHA-256 of `definition_json`, hexadecimal.
        slots: For each slot `n1`, `n2` ... the node that stands there; the trigger has no slot.
        cases: For each switch's slot, its case ids as in the graph and their names in the machine.
        after_delay: Slots of nodes that descend from a delay.
        decided: Slots whose decision the execution's input carries.
    """

    definition_json: str
    digest: str
    slots: Mapping[str, str]
    cases: Mapping[str, Mapping[str, str]]
    after_delay: frozenset[str]
    decided: frozenset[str]

    @cached_property
    def definition(self) -> dict[str, Any]:
        """Return the machine as values, for those who want to look into it."""
        machine: dict[str, Any] = json.loads(self.definition_json)
        return machine


def too_large(size: str) -> GraphNotCompilableError:
    """Return the error for a machine of that size."""
    return GraphNotCompilableError(
        f"The workflow needs a state machine of {size}; "
        f"Step Functions takes {MAX_DEFINITION_BYTES:,}.",
        field="nodes",
        remedy="Split it into several workflows.",
    )
