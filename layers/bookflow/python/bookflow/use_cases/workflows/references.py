"""Finds the templates, surveys and secrets that graphs name, and the graphs that name one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bookflow.actions.catalogue import action_types
from bookflow.domain.shared.errors import ConflictError, NotFoundError
from bookflow.domain.shared.identifiers import is_identifier
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.domain.webhooks.secrets import references as secret_references
from bookflow.domain.workflows.graph import Graph, Node
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion
from bookflow.ports import Ports

ReferenceKind = Literal["template", "survey"]

UseKind = Literal["template", "survey", "secret"]

_FORMATS: Mapping[str, ReferenceKind] = {"template-id": "template", "survey-id": "survey"}
"""How a configuration's JSON schema marks a field that names a record."""

NAMED_USERS = 10
"""Workflows that an error names; a location may have hundreds."""


class Reference(BaseModel):
    """One place of a graph that names a record of the location."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    node_id: str
    field: str = Field(description="Path inside the node, such as config.template")
    kind: ReferenceKind
    id: str = Field(description="The id that is named")


class Use(BaseModel):
    """A workflow that names a record of its location."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    workflow_id: str
    name: str
    enabled: bool
    draft_nodes: tuple[str, ...] = Field(description="Nodes of the draft that name it")
    published_nodes: tuple[str, ...] = Field(
        description="Nodes of the published version that name it"
    )


class InUseError(ConflictError):
    """Enabled workflows name the record; `workflows` holds their names."""

    def __init__(self, kind: ReferenceKind, workflows: Sequence[str]) -> None:
        named = ", ".join(workflows[:NAMED_USERS])
        more = len(workflows) - NAMED_USERS
        super().__init__(
            f"the {kind} is sent by the enabled workflows {named}"
            + (f" and {more} more" if more > 0 else ""),
            field=f"{kind}_id",
            remedy=f"Disable them, or let them send another {kind}, and delete it then.",
        )
        self.workflows = tuple(workflows)


def references(graph: Graph) -> Iterator[Reference]:
    """Yield every reference of a graph, in its order; a text that is no id refers to nothing."""
    for node in graph.nodes:
        for name, kind in _fields(node):
            value = node.config.get(name)
            if is_identifier(value):
                yield Reference(node_id=node.id, field=f"config.{name}", kind=kind, id=value)


def unresolved(
    graph: Graph,
    location_id: str,
    ports: Ports,
    kind: ReferenceKind | None = None,
) -> tuple[Reference, ...]:
    """Return the references, or those of one kind, that lead to nothing in a location."""
    known: dict[tuple[str, str], bool] = {}
    left = []
    for reference in references(graph):
        if kind not in (None, reference.kind):
            continue
        key = (reference.kind, reference.id)
        if key not in known:
            known[key] = _exists(reference, location_id, ports)
        if not known[key]:
            left.append(reference)
    return tuple(left)


def uses(
    kind: UseKind, record_id: str, location_id: str, ports: Ports, request: PageRequest
) -> Page[Use]:
    """Return the workflows among a page of the location's, by name, that name a record.

    The draft counts, and the published version whether it is enabled or not. A page may be empty
    while more follow.
    """
    page = ports.workflows.page(location_id, request)
    published = ports.workflows.versions_of(
        location_id,
        {each.id: each.published_version for each in page.items if each.published_version},
    )
    looked_at = [_use(kind, record_id, each, published.get(each.id)) for each in page.items]
    return page.holding([use for use in looked_at if use is not None])


def require_unused(kind: ReferenceKind, record_id: str, location_id: str, ports: Ports) -> None:
    """Check that no event makes a workflow name the record.

    Raises:
        InUseError: Enabled workflows name it.
    """
    users = [
        version.name
        for version in enabled_versions(location_id, ports)
        if _nodes_naming(kind, record_id, version.graph)
    ]
    if users:
        raise InUseError(kind, sorted(users))


def enabled_versions(location_id: str, ports: Ports) -> Sequence[WorkflowVersion]:
    """Return what the events of a location start."""
    numbers = {
        each.workflow_id: each.version for each in ports.workflows.subscriptions(location_id)
    }
    return list(ports.workflows.versions_of(location_id, numbers).values())


def mapped(graph: Graph, ids: Mapping[ReferenceKind, Mapping[str, str]]) -> Graph:
    """Return the graph with the ids of records replaced by others."""
    return graph.model_copy(update={"nodes": tuple(_mapped(node, ids) for node in graph.nodes)})


def _use(
    kind: UseKind, record_id: str, workflow: Workflow, published: WorkflowVersion | None
) -> Use | None:
    draft_nodes = _nodes_naming(kind, record_id, workflow.draft)
    running = _nodes_naming(kind, record_id, published.graph) if published else ()
    if not draft_nodes and not running:
        return None
    return Use(
        workflow_id=workflow.id,
        name=workflow.name,
        enabled=workflow.enabled,
        draft_nodes=draft_nodes,
        published_nodes=running,
    )


def _nodes_naming(kind: UseKind, record_id: str, graph: Graph) -> tuple[str, ...]:
    if kind == "secret":
        return tuple(node.id for node in graph.nodes if record_id in secrets_of(node))
    return tuple(
        reference.node_id
        for reference in references(graph)
        if (reference.kind, reference.id) == (kind, record_id)
    )


def secrets_of(node: Node) -> frozenset[str]:
    """Return the names of the secrets that a node's texts refer to."""
    return frozenset(secret_references(json.dumps(node.config, default=str)))


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
