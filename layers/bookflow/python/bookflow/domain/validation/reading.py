"""Reads a graph from untrusted JSON: bounded in size, depth and time, with problems in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python

from bookflow.domain.shared.input_problems import field_path, problems_of, shown
from bookflow.domain.validation.problems import Problem
from bookflow.domain.workflows.graph import SUCCESS_HANDLE, CanvasNote, Edge, Graph, Node

MAX_GRAPH_BYTES = 256 * 1024
"""Size of a graph's JSON, so that a draft and a version fit DynamoDB's 400 KB for an item."""

MAX_JSON_DEPTH = 64
"""Levels of objects and lists; a condition of 20 levels, the deepest that may be, needs about 45."""

MAX_ID = 64
"""Characters of an id; a longer one is shown by its place in the graph."""

Path = tuple[int | str, ...]


def parse_graph(data: Mapping[str, Any]) -> tuple[Graph | None, list[Problem]]:
    """Return the graph, or None and everything that keeps the JSON from being one.

    Args:
        data: What a JSON parser made of it. Refused without a closer look above 256 KiB. The time
            is linear in what is looked at.
    """
    if problems := unfit(data):
        return None, problems
    try:
        return Graph.model_validate(data), []
    except ValidationError as error:
        return None, [
            _placed(location, reason, remedy, data)
            for location, _, reason, remedy in problems_of(error)
        ]


def skeleton(data: Mapping[str, Any]) -> Graph:
    """Return what can be read of the nodes and edges of JSON that is not quite a graph.

    It serves to find the problems of structure together with those of form; it is no graph to
    keep or to run.
    """
    nodes = [
        Node.model_construct(
            id=node["id"],
            type=node["type"],
            name="",
            config=node["config"] if isinstance(node.get("config"), Mapping) else {},
        )
        for node in _objects(data, "nodes")
        if _has_texts(node, "id", "type")
    ]
    edges = [
        Edge.model_construct(
            id=edge["id"],
            source=edge["source"],
            source_handle=_text_or(edge.get("source_handle"), SUCCESS_HANDLE),
            target=edge["target"],
        )
        for edge in _objects(data, "edges")
        if _has_texts(edge, "id", "source", "target")
    ]
    return Graph.model_construct(nodes=tuple(nodes), edges=tuple(edges))


def _objects(data: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    items = data.get(name)
    if isinstance(items, (list, tuple)):
        yield from (item for item in items if isinstance(item, Mapping))


def _has_texts(item: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(item.get(name), str) for name in names)


def _text_or(value: Any, other: str) -> str:
    return value if isinstance(value, str) else other


def unfit(data: Mapping[str, Any]) -> list[Problem]:
    """Walk over all values and say what JSON, its size, its depth or UTF-8 does not allow.

    The size is that of the shortest JSON text that means the same: no blanks, only quotes and
    backslashes escaped, and without fields that hold their default. So a graph that was accepted
    is accepted again in the API's own words, which spell every field out.
    """
    problems: list[Problem] = []
    size = 0
    waiting: list[tuple[Any, Path]] = [(data, ())]
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, str):
            size += 2 + (len(value) if value.isascii() else _utf8_length(value))
            if not _is_unicode(value):
                problems.append(_not_json(path, data))
        elif isinstance(value, (dict, list, tuple, Mapping)):
            if len(path) >= MAX_JSON_DEPTH:
                return [*problems, _too_deep(path, data)]
            size += 2 + len(value)
            if size > MAX_GRAPH_BYTES:
                return [_too_large()]
            if not isinstance(value, (list, tuple)):
                defaults = _defaults().get(path[0], {}) if len(path) == 2 else {}
                for key, item in value.items():
                    if key in defaults and item == defaults[key]:
                        continue
                    if not isinstance(key, str) or not _is_unicode(key):
                        problems.append(_not_json(path, data))
                        continue
                    size += 3 + (len(key) if key.isascii() else _utf8_length(key))
                    waiting.append((item, (*path, key)))
            else:
                waiting += [(item, (*path, place)) for place, item in enumerate(value)]
        elif isinstance(value, float):
            size += 8
            if not math.isfinite(value):
                problems.append(_not_json(path, data))
        elif value is None or isinstance(value, int):
            size += 4 if value is None else 1 + value.bit_length() // 4
        else:
            problems.append(_not_json(path, data))
        if size > MAX_GRAPH_BYTES:
            return [_too_large()]
    return problems


@cache
def _defaults() -> Mapping[int | str, Mapping[str, Any]]:
    """Return what the fields of a node, an edge and a note hold where JSON leaves them out."""
    models: Mapping[str, type[BaseModel]] = {"nodes": Node, "edges": Edge, "notes": CanvasNote}
    return {
        where: to_jsonable_python(
            {
                name: field.get_default(call_default_factory=True)
                for name, field in model.model_fields.items()
                if not field.is_required()
            }
        )
        for where, model in models.items()
    }


def _is_unicode(text: str) -> bool:
    """Return whether UTF-8 can write the text: halves of surrogate pairs it cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _utf8_length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _too_large() -> Problem:
    return Problem(
        reason=f"The graph is larger than {MAX_GRAPH_BYTES // 1024} KiB.",
        remedy="Shorten long texts, use templates, or split the workflow.",
    )


def _too_deep(path: Path, data: Mapping[str, Any]) -> Problem:
    return _placed(
        path[:4],
        f"This is nested more than {MAX_JSON_DEPTH} levels deep; a condition may have 20 levels.",
        "Flatten it, or split it over several nodes.",
        data,
    )


def _not_json(path: Path, data: Mapping[str, Any]) -> Problem:
    return _placed(
        path,
        "This is not a value that JSON in UTF-8 can hold.",
        "Enter the text again, without broken characters.",
        data,
    )


def _placed(path: Path, reason: str, remedy: str, data: Mapping[str, Any]) -> Problem:
    """Return a problem that names the node or edge that a path of the whole JSON lies in."""
    node_id = edge_id = None
    field = field_path(path)
    if len(path) >= 2 and path[0] in ("nodes", "edges") and isinstance(path[1], int):
        items = data.get(str(path[0]))
        item = items[path[1]] if isinstance(items, (list, tuple)) else None
        found = item.get("id") if isinstance(item, Mapping) else None
        if isinstance(found, str) and 0 < len(found) <= MAX_ID and _is_unicode(found) and path[2:]:
            field = field_path(path[2:])
            if path[0] == "nodes":
                node_id = found
            else:
                edge_id = found
    return Problem(
        node_id=node_id, edge_id=edge_id, field=_visible(field), reason=reason, remedy=remedy
    )


def _visible(field: str) -> str:
    return field if field.isprintable() and len(field) <= 200 else shown(field)
