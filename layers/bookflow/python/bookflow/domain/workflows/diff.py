"""The difference between two graphs: what was added, removed and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bookflow.domain.workflows.graph import Edge, Graph, Node
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion

_LAYOUT_ONLY = frozenset({"position"})
_ABSENT = object()


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class FieldChange(_Part):
    """One field of a node before and after; None where it was or is absent."""

    field: str = Field(description="Path inside the node, such as config.url")
    before: Any = None
    after: Any = None


class NodeChange(_Part):
    """A node that both graphs have, and that is not the same in them."""

    node_id: str
    node_type: str
    changes: tuple[FieldChange, ...]


class GraphDifference(_Part):
    """How one graph becomes another.

    Edges are the same if they lead from the same handle to the same node; their ids do not count.
    """

    nodes_added: tuple[Node, ...] = ()
    nodes_removed: tuple[Node, ...] = ()
    nodes_changed: tuple[NodeChange, ...] = ()
    nodes_moved: tuple[str, ...] = Field(default=(), description="Drawn elsewhere, else the same")
    edges_added: tuple[Edge, ...] = ()
    edges_removed: tuple[Edge, ...] = ()


def is_same_for_executions(found: GraphDifference) -> bool:
    """Whether only positions differ, which change no execution."""
    return found.model_copy(update={"nodes_moved": ()}) == GraphDifference()


def has_changes(workflow: Workflow, published: WorkflowVersion | None) -> bool:
    """Whether publishing the draft would change what events run, or what it is called."""
    if published is None:
        return False
    return (
        workflow.name != published.name
        or published.description not in (None, workflow.description)
        or not is_same_for_executions(difference(published.graph, workflow.draft))
    )


def difference(before: Graph, after: Graph) -> GraphDifference:
    """Return how one graph becomes another, in the order of the graphs."""
    old = {node.id: node for node in before.nodes}
    new = {node.id: node for node in after.nodes}
    both = [(old[node_id], node) for node_id, node in new.items() if node_id in old]
    changed = [
        NodeChange(node_id=now.id, node_type=now.type, changes=changes)
        for was, now in both
        if (changes := _changes(was, now))
    ]
    altered = {change.node_id for change in changed}
    old_edges = {_ends(edge) for edge in before.edges}
    new_edges = {_ends(edge) for edge in after.edges}
    return GraphDifference(
        nodes_added=tuple(node for node in after.nodes if node.id not in old),
        nodes_removed=tuple(node for node in before.nodes if node.id not in new),
        nodes_changed=tuple(changed),
        nodes_moved=tuple(
            now.id for was, now in both if was.position != now.position and now.id not in altered
        ),
        edges_added=tuple(edge for edge in after.edges if _ends(edge) not in old_edges),
        edges_removed=tuple(edge for edge in before.edges if _ends(edge) not in new_edges),
    )


def _ends(edge: Edge) -> tuple[str, str, str]:
    return edge.source, edge.source_handle, edge.target


def _changes(was: Node, now: Node) -> tuple[FieldChange, ...]:
    return tuple(
        _compare(
            was.model_dump(mode="json", exclude=set(_LAYOUT_ONLY)),
            now.model_dump(mode="json", exclude=set(_LAYOUT_ONLY)),
        )
    )


def _compare(was: Any, now: Any, path: str = "") -> Iterator[FieldChange]:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys((*was, *now)):
            inner = f"{path}.{name}" if path else str(name)
            yield from _compare(was.get(name, _ABSENT), now.get(name, _ABSENT), inner)
    elif type(was) is not type(now) or was != now:
        yield FieldChange(
            field=path,
            before=None if was is _ABSENT else was,
            after=None if now is _ABSENT else now,
        )
