"""What a drawing names that lies outside of it: templates and surveys of its location."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bookflow.actions.catalog import action_types
from bookflow.domain.errors import NotFoundError
from bookflow.domain.graph import Graph, Node
from bookflow.ports import Ports

ReferenceKind = Literal["template", "survey"]

_FORMATS: Mapping[str, ReferenceKind] = {"template-id": "template", "survey-id": "survey"}
"""How a configuration's JSON schema marks a field that names a record."""


class Reference(BaseModel):
    """One place of a drawing that names a record of the location."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node_id: str
    field: str = Field(description="Path inside the node, such as config.template")
    kind: ReferenceKind
    id: str = Field(description="The id that is named")


def references(graph: Graph) -> Iterator[Reference]:
    """Yield every reference of a drawing, in its order."""
    for node in graph.nodes:
        for name, kind in _fields(node):
            value = node.config.get(name)
            if isinstance(value, str) and value:
                yield Reference(node_id=node.id, field=f"config.{name}", kind=kind, id=value)


def unresolved(graph: Graph, location_id: str, ports: Ports) -> tuple[Reference, ...]:
    """Return the references that lead to nothing in a location: what must be mapped."""
    known: dict[tuple[str, str], bool] = {}
    left = []
    for reference in references(graph):
        key = (reference.kind, reference.id)
        if key not in known:
            known[key] = _exists(reference, location_id, ports)
        if not known[key]:
            left.append(reference)
    return tuple(left)


def mapped(graph: Graph, ids: Mapping[ReferenceKind, Mapping[str, str]]) -> Graph:
    """Return the drawing with the ids of records replaced by others."""
    return graph.model_copy(update={"nodes": tuple(_mapped(node, ids) for node in graph.nodes)})


def _mapped(node: Node, ids: Mapping[ReferenceKind, Mapping[str, str]]) -> Node:
    config = dict(node.config)
    for name, kind in _fields(node):
        value = config.get(name)
        if isinstance(value, str):
            config[name] = ids.get(kind, {}).get(value, value)
    return node.model_copy(update={"config": config})


def _fields(node: Node) -> Iterator[tuple[str, ReferenceKind]]:
    action = action_types().get(node.type)
    if action is None:
        return
    for name, field in action.config_model.model_fields.items():
        extra = field.json_schema_extra
        kind = _FORMATS.get(str(extra.get("format"))) if isinstance(extra, dict) else None
        if kind is not None:
            yield name, kind


def _exists(reference: Reference, location_id: str, ports: Ports) -> bool:
    store = ports.templates if reference.kind == "template" else ports.surveys
    try:
        return store.get(location_id, reference.id).active
    except NotFoundError:
        return False
