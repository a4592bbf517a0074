"""Draws a graph as Mermaid text, for documents, tickets and the command line."""

from __future__ import annotations

from collections.abc import Mapping

from bookflow.domain.workflows.graph import (
    ERROR_HANDLE,
    SUCCESS_HANDLE,
    TRIGGER_NODE,
    Edge,
    Graph,
    Node,
)

_PLAIN = frozenset(" ,!?'/=_\N{ZERO WIDTH JOINER}")

_SHAPES: Mapping[str, tuple[str, str]] = {
    TRIGGER_NODE: ("([", "])"),
    "delay": ("[/", "/]"),
    "condition": ("{", "}"),
    "switch": ("{{", "}}"),
}


def to_mermaid(graph: Graph) -> str:
    """Return the graph as a Mermaid flowchart; of any graph, a draft with problems too.

    Names are escaped, so that no text of a graph is read as Mermaid or HTML. Edges that lead
    nowhere are left out.
    """
    keys: dict[str, str] = {}
    lines = ["flowchart TD"]
    for place, node in enumerate(graph.nodes):
        keys.setdefault(node.id, f"n{place}")
        opening, closing = _SHAPES.get(node.type, ("[", "]"))
        lines.append(f'    n{place}{opening}"{escaped(node.name or node.type)}"{closing}')
    labels = {node.id: _handle_labels(node) for node in graph.nodes}
    for edge in graph.edges:
        if edge.source in keys and edge.target in keys:
            arrow = _arrow(edge, labels[edge.source])
            lines.append(f"    {keys[edge.source]} {arrow} {keys[edge.target]}")
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a text for use between Mermaid's quotes, as letters, digits and entity codes."""
    return "".join(_written(each) for each in " ".join(text.split())) or " "


def _written(symbol: str) -> str:
    if symbol in _PLAIN or symbol.isalnum() or (symbol.isprintable() and ord(symbol) > 0xA0):
        return symbol
    if symbol.isprintable():
        return f"#{ord(symbol)};"
    return "\N{REPLACEMENT CHARACTER}"


def _handle_labels(node: Node) -> Mapping[str, str]:
    """Return the names of a switch's cases by their handles."""
    labels = {case.get("id"): case.get("name") for case in node.cases}
    return {
        handle: name
        for handle, name in labels.items()
        if isinstance(handle, str) and isinstance(name, str) and name
    }


def _arrow(edge: Edge, labels: Mapping[str, str]) -> str:
    if edge.source_handle == SUCCESS_HANDLE:
        return "-->"
    line = "-.->" if edge.source_handle == ERROR_HANDLE else "-->"
    return f'{line}|"{escaped(labels.get(edge.source_handle, edge.source_handle))}"|'
