"""Describes what workflows can be made of, for the editor: triggers, actions, flow nodes, filters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bookflow.actions.catalogue import action_types
from bookflow.domain.catalogue.by_hand import can_start_by_hand
from bookflow.domain.catalogue.variables import Variable, variables_of, with_item_parts
from bookflow.domain.events import event_types
from bookflow.domain.flow import FLOW_CONFIGS
from bookflow.domain.flow.conditions.config import ConditionConfig
from bookflow.domain.rendering.filters import descriptions
from bookflow.domain.validation.reading import MAX_GRAPH_BYTES
from bookflow.domain.validation.structure import MAX_EDGES, MAX_NODES, handles_of
from bookflow.domain.workflows.graph import ERROR_HANDLE, SUCCESS_HANDLE, Node, RetryPolicy


class _Described(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


_ICON = Field(description="Name of the picture that an editor may show", examples=["message"])
_SUMMARY = Field(
    description="The config in a few words; `{a|b}` stands for the first of these fields that "
    "has a value",
    examples=["{method} {url}"],
)


class TriggerInfo(_Described):
    """An event that starts workflows."""

    event: str = Field(description="Value of the trigger's config.event")
    description: str
    icon: str = _ICON
    summary: str = _SUMMARY
    config_schema: Mapping[str, Any] = Field(description="JSON Schema of the trigger's config")
    handles: tuple[str, ...]
    by_hand: bool = Field(
        description="Whether a workflow with it can be started by hand, as records hold what it needs"
    )
    variables: tuple[Variable, ...]


class NodeInfo(_Described):
    """A type of node that may follow a trigger."""

    type: str
    title: str
    description: str
    icon: str = _ICON
    summary: str = _SUMMARY
    config_schema: Mapping[str, Any] = Field(description="JSON Schema of the node's config")
    handles: tuple[str, ...] = Field(description="Ways out; a switch has its cases' ids as well")
    outputs: tuple[Variable, ...] = Field(
        default=(), description="What later steps may read, after steps.<node id>."
    )
    supplies: tuple[Variable, ...] = Field(
        default=(),
        description="What the texts of the template that it sends may name beside the trigger's; "
        "`unsubscribe_url` only in marketing, as surveys are",
    )


class FilterInfo(_Described):
    """A filter that texts may use, as in `{{ start | date }}`."""

    name: str
    description: str


class Limits(_Described):
    """How large a graph may be."""

    nodes: int = MAX_NODES
    edges: int = MAX_EDGES
    bytes: int = MAX_GRAPH_BYTES


class CatalogueInfo(_Described):
    """All that a graph can be made of."""

    triggers: tuple[TriggerInfo, ...]
    actions: tuple[NodeInfo, ...]
    flow_nodes: tuple[NodeInfo, ...]
    filters: tuple[FilterInfo, ...]
    retry_schema: Mapping[str, Any] = Field(description="JSON Schema of a node's retry policy")
    limits: Limits = Limits()


@cache
def catalogue_info() -> CatalogueInfo:
    """Return the catalogue; it is the same for every location."""
    return CatalogueInfo(
        triggers=tuple(_trigger(name) for name in sorted(event_types())),
        actions=tuple(_action(name) for name in sorted(action_types())),
        flow_nodes=tuple(_flow_node(name) for name in FLOW_CONFIGS),
        filters=tuple(
            FilterInfo(name=name, description=text) for name, text in sorted(descriptions().items())
        ),
        retry_schema=RetryPolicy.model_json_schema(),
    )


def _trigger(name: str) -> TriggerInfo:
    event = event_types()[name]
    return TriggerInfo(
        event=name,
        description=event.description,
        icon=event.icon,
        summary=event.summary,
        config_schema=_with_rules(event.config.model_json_schema()),
        handles=(SUCCESS_HANDLE,),
        by_hand=can_start_by_hand(name),
        variables=tuple(variables_of(name)),
    )


def _with_rules(schema: dict[str, Any]) -> Mapping[str, Any]:
    """Return a trigger's schema with its filter at the end, as the rule that it is."""
    properties = dict(schema["properties"])
    rule = ConditionConfig.model_json_schema()["properties"]["rule"]
    own = properties.pop("filter")
    texts = {name: own[name] for name in ("title", "description", "examples", "default")}
    return {**schema, "properties": {**properties, "filter": {**rule, **texts}}}


def _action(name: str) -> NodeInfo:
    action = action_types()[name]
    return NodeInfo(
        type=name,
        title=action.title,
        description=action.description,
        icon=action.icon,
        summary=action.summary,
        config_schema=action.config_model.model_json_schema(),
        handles=(SUCCESS_HANDLE, ERROR_HANDLE),
        outputs=tuple(with_item_parts(action.outputs)),
        supplies=tuple(action.supplies),
    )


def _flow_node(name: str) -> NodeInfo:
    model = FLOW_CONFIGS[name]
    return NodeInfo(
        type=name,
        title=model.model_config.get("title") or name,
        description=(model.__doc__ or "").partition("\n")[0],
        icon=name,
        summary="",
        config_schema=model.model_json_schema(),
        handles=tuple(sorted(handles_of(Node(id=name, type=name)))),
    )
