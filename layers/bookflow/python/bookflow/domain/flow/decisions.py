"""The decision of a condition or switch: at an execution's start, or when it is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bookflow.domain.flow.conditions.config import ConditionConfig
from bookflow.domain.flow.conditions.evaluation import reads_only_event
from bookflow.domain.flow.switch import SwitchConfig
from bookflow.domain.workflows.graph import Graph, Node


def decide(node: Node, variables: Mapping[str, Any], timezone: str, now: datetime) -> str:
    """Return the handle that a condition or switch node takes."""
    return _config(node).decide(variables, timezone, now)


def decide_at_start(
    graph: Graph, node_ids: Iterable[str], variables: Mapping[str, Any], timezone: str
) -> Mapping[str, str]:
    """Return the handle of each of these nodes, for the input of an execution."""
    wanted = set(node_ids)
    return {
        node.id: _config(node).decide(variables, timezone)
        for node in graph.nodes
        if node.id in wanted
    }


def decidable_at_start(graph: Graph) -> frozenset[str]:
    """Return the conditions and switches that read only the event, which never changes.

    They cost no Lambda call: the dispatcher decides them and the machine only branches.
    """
    return frozenset(
        node.id
        for node in graph.nodes
        if node.type in _MODELS and all(reads_only_event(rule) for rule in _rules(_config(node)))
    )


_MODELS: Mapping[str, type[ConditionConfig] | type[SwitchConfig]] = {
    "condition": ConditionConfig,
    "switch": SwitchConfig,
}


def _config(node: Node) -> ConditionConfig | SwitchConfig:
    return _MODELS[node.type].model_validate(dict(node.config))


def _rules(config: ConditionConfig | SwitchConfig) -> Sequence[Mapping[str, Any]]:
    if isinstance(config, ConditionConfig):
        return (config.rule,)
    return tuple(case.rule for case in config.cases)
