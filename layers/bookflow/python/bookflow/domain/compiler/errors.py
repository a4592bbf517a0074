"""The error of a graph that has no machine."""

from __future__ import annotations

from bookflow.domain.shared.errors import PermanentError


class GraphNotCompilableError(PermanentError):
    """The graph is no valid workflow, or its machine is larger than Step Functions takes.

    Args:
        message: What is wrong.
        field: Path inside the node, or inside the graph where no node is named.
        remedy: What to do about it.
        node_id: The node with the problem, if any.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        remedy: str | None = None,
        node_id: str | None = None,
    ) -> None:
        super().__init__(message, field=field, remedy=remedy)
        self.node_id = node_id
