"""A small catalogue of node types and shorthands for writing graphs in these tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bookflow.domain.validation.configs import TextReference
from bookflow.domain.validation.problems import Problem
from bookflow.domain.workflows.graph import Graph


class _Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=1)
    reads: tuple[str, ...] = ()
    guarded: bool = False
    template: str | None = None
    headers: Mapping[str, str] = {}


class _Update(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: str


class SmallCatalogue:
    """Knows notes, which read variables and name a template, and status updates."""

    def config_model(self, node_type: str) -> type[BaseModel] | None:
        return {"add_booking_note": _Note, "update_booking": _Update}.get(node_type)

    def references(self, node_type: str, config: Mapping[str, Any]) -> Iterable[TextReference]:
        guarded, is_message = config.get("guarded", False), bool(config.get("template"))
        return [
            TextReference("note", path, guarded, is_message) for path in config.get("reads", ())
        ]

    def templates(self, node_type: str, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        return [("template", config["template"])] if config.get("template") else []

    def template_exists(self, template_id: str) -> bool:
        return template_id == "welcome"

    def variable_types(self, node_type: str, config: Mapping[str, Any]) -> Mapping[str, str]:
        if node_type == "trigger":
            return {
                "booking": "object",
                "booking.status": "string",
                "booking.code": "string",
                "booking.guides": "list",
                "booking.guides.name": "string",
                "event.reason": "string",
                "event.thread_id": "not supplied",
            }
        if node_type == "update_booking":
            return {"output.status": "string", "output.reason": "string"}
        return {}

    def choices(self, node_type: str, config: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        if node_type == "trigger":
            return {"booking.status": ["pending", "confirmed"]}
        return {"output.status": ["pending", "confirmed"]} if node_type == "update_booking" else {}

    def optional_variables(self, node_type: str, config: Mapping[str, Any]) -> Set[str]:
        return {"booking.code"} if node_type == "trigger" else {"output.reason"}

    def causes(self, node_type: str, config: Mapping[str, Any]) -> Iterable[str]:
        return ["Booking Status Changed"] if node_type == "update_booking" else ()


def node(node_id: str, node_type: str = "add_booking_note", **more: Any) -> dict[str, Any]:
    configs: dict[str, Any] = {
        "trigger": {"event": "Booking Created"},
        "add_booking_note": {"note": "Hello"},
        "update_booking": {"value": "confirmed"},
        "delay": {"value": 2, "unit": "hours"},
        "condition": {
            "rule": {"variable": "booking.status", "operator": "equals", "value": "confirmed"}
        },
    }
    config = {**configs.get(node_type, {}), **more.pop("config", {})}
    return {"id": node_id, "type": node_type, "name": node_id, "config": config, **more}


def edge(source: str, target: str, handle: str = "out", edge_id: str = "") -> dict[str, Any]:
    return {
        "id": edge_id or f"{source}-{handle}-{target}",
        "source": source,
        "source_handle": handle,
        "target": target,
    }


def graph_of(
    nodes: Iterable[dict[str, Any]], edges: Iterable[dict[str, Any]] = ()
) -> dict[str, Any]:
    return {"schema_version": 1, "nodes": list(nodes), "edges": list(edges)}


def graph(nodes: Iterable[dict[str, Any]], edges: Iterable[dict[str, Any]] = ()) -> Graph:
    return Graph.model_validate(graph_of(nodes, edges))


def line(*nodes: dict[str, Any]) -> Graph:
    """Return a graph of a trigger and the nodes in a row."""
    row = [node("t", "trigger"), *nodes]
    return graph(row, [edge(a["id"], b["id"]) for a, b in pairwise(row)])


def reasons(problems: Iterable[Problem]) -> list[str]:
    return [problem.reason for problem in problems]
