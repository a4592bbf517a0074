"""Measures the compiler: time by number of nodes and shape, and the size of what it makes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bookflow.domain.compiler import GraphNotCompilableError, compile_graph
from bookflow.domain.graph import Graph

PREFIX = "arn:aws:lambda:eu-west-1:123456789012:function:bookflow-prod-"
SIZES = (5, 50, 500, 1000)
REPEATS = 7
SEED = 1

Links = list[tuple[int, str, int]]
Shape = Callable[[int], tuple[dict[int, str], Links]]


@dataclass(frozen=True)
class CompileRow:
    """One measurement: best CPU time of several tries; no size where it is beyond the limit."""

    shape: str
    nodes: int
    milliseconds: float
    definition_bytes: int | None


def chain(count: int) -> tuple[dict[int, str], Links]:
    """One action after another."""
    return {}, [(index, "out", index + 1) for index in range(count)]


def diamonds(count: int) -> tuple[dict[int, str], Links]:
    """Two actions side by side, joined, again and again."""
    links: Links = []
    head = 0
    for first in range(1, count - 1, 3):
        links += [(head, "out", first), (head, "out", first + 1)]
        links += [(first, "out", first + 2), (first + 1, "out", first + 2)]
        head = first + 2
    return {}, links


def cascade(count: int) -> tuple[dict[int, str], Links]:
    """A long if / else if / else: each condition has an action of its own."""
    types = {index: "condition" for index in range(1, count, 2)}
    links: Links = [(0, "out", 1)]
    for index in range(1, count, 2):
        links.append((index, "true", index + 1))
        if index + 2 <= count:
            links.append((index, "false", index + 2))
    return types, links


def mixed(count: int) -> tuple[dict[int, str], Links]:
    """What an operator with much patience may draw: tangles of ten nodes, each joined in the end."""
    chance = random.Random(SEED)  # noqa: S311 - a drawing, no secret
    types: dict[int, str] = {}
    links: set[tuple[int, str, int]] = set()
    head = 0
    for first in range(1, count + 1, 10):
        last = min(first + 9, count)
        for index in range(first, last):
            if chance.random() < 0.2:
                types[index] = "condition"
            for _ in range(chance.choice((1, 1, 1, 2))):
                source = max(head, index - chance.choice((1, 1, 2, 3)))
                handle = chance.choice(("true", "false")) if source in types else "out"
                links.add((source, handle, index))
        leading = {source for source, _, _ in links}
        for index in range(head, last):
            if index not in leading:
                links.add((index, "true" if index in types else "out", last))
        head = last
    return types, sorted(links)


SHAPES: dict[str, Shape] = {
    "chain": chain,
    "diamonds": diamonds,
    "cascade": cascade,
    "mixed": mixed,
}


def drawn(types: dict[int, str], links: Links) -> Graph:
    """Return the links as a graph whose node 0 is the trigger."""
    count = max(target for _, _, target in links) + 1
    nodes: list[dict[str, Any]] = [{"id": "0", "type": "trigger"}]
    nodes += [{"id": str(at), "type": types.get(at, "send_template")} for at in range(1, count)]
    edges = [
        {"id": f"e{at}", "source": str(source), "source_handle": handle, "target": str(target)}
        for at, (source, handle, target) in enumerate(links)
    ]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


def compile_rows(sizes: tuple[int, ...] = SIZES, repeats: int = REPEATS) -> list[CompileRow]:
    """Measure every shape at every size, the graph's own checks left out."""
    rows: list[CompileRow] = []
    for name, shape in SHAPES.items():
        for size in sizes:
            graph = drawn(*shape(size))
            best = float("inf")
            size_bytes: int | None = None
            for _ in range(repeats):
                begun = time.process_time()
                try:
                    compiled = compile_graph(graph, function_arn_prefix=PREFIX)
                except GraphNotCompilableError:
                    compiled = None
                best = min(best, time.process_time() - begun)
                size_bytes = len(compiled.definition_json) if compiled else None
            rows.append(CompileRow(name, size, round(best * 1000, 2), size_bytes))
    return rows
