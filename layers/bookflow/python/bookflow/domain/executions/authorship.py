"""Who a workflow's effects come from: the ids that stay the same in a retry, and the author."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from bookflow.domain.executions.execution import Execution


def effect_id(prefix: str, effect_key: str) -> str:
    """Return an id such as `note_3f…` that every try of one effect shares.

    Args:
        prefix: Says what the id is of; different prefixes give unrelated ids.
        effect_key: Name of the effect (`Scope.effect_key`).
    """
    return f"{prefix}_{uuid5(NAMESPACE_URL, f'urn:bookflow:{prefix}:{effect_key}').hex}"


def author(execution: Execution) -> str:
    """Return how records name the workflow that made them: `workflow:` and its name or id."""
    return f"workflow:{execution.workflow_name or execution.workflow_id}"
