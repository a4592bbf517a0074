"""Measures the compiler: time by number of nodes and shape, and the size of what it makes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from bookflow.domain.compiler import GraphNotCompilableError, compile_graph
from bookflow.domain.workflows.graph import Graph
from tests.performance.rows import Row

PREFIX = "arn:aws:lambda:eu-west-1:123456789012:function:bookflow-prod-"
SIZES = (5, 50, 500, 1000)
TEN_TIMES = ((5, 50), (50, 500))
REPEATS = 15
SEED = 1
REFUSED = "time of a refusal"

Links = list[tuple[int, str, int]]
Shape = Callable[[int], tuple[dict[int, str], Links]]


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
    chance = random.Random(SEED)  # noqa: S311 - a random graph, no secret
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


def fan(count: int) -> tuple[dict[int, str], Links]:
    """All actions but the last side by side."""
    links = [(0, "out", index) for index in range(1, count - 1)]
    return {}, [*links, *((index, "out", count - 1) for index in range(1, count - 1))]


def switch(count: int) -> tuple[dict[int, str], Links]:
    """A switch with a case for each action, and one action for the end of all."""
    links: Links = [(0, "out", 1)]
    for index in range(2, count - 1):
        links += [(1, f"case {index}", index), (index, "out", count - 1)]
    return {1: "switch"}, links


def ways_in(count: int) -> tuple[dict[int, str], Links]:
    """One action after another, and a switch with a case for each of them."""
    links: Links = [(0, "out", 1)]
    links += [(1, f"case {index}", index) for index in range(2, count)]
    return {1: "switch"}, [*links, *((index, "out", index + 1) for index in range(2, count - 1))]


def shortcuts(count: int) -> tuple[dict[int, str], Links]:
    """One action after another, and the trigger leads to each of them as well."""
    links = [(0, "out", index) for index in range(1, count)]
    return {}, [*links, *((index, "out", index + 1) for index in range(1, count - 1))]


def ladder(count: int) -> tuple[dict[int, str], Links]:
    """Two rows of actions side by side, with a rung from each of the first to the second."""
    links: Links = [(0, "out", 1), (0, "out", 2)]
    for first in range(3, count - 1, 2):
        links += [(first - 2, "out", first), (first - 1, "out", first + 1)]
        links.append((first - 2, "out", first + 1))
    return {}, links


def crossing(count: int) -> tuple[dict[int, str], Links]:
    """One half of the actions side by side, each leading to two of the other half."""
    half = (count - 1) // 2
    links: Links = [(0, "out", index) for index in range(1, half + 1)]
    for index in range(half):
        links.append((index + 1, "out", half + 1 + index))
        links.append((index + 1, "out", half + 1 + (index + 1) % half))
    return {}, links


def tangle(count: int, reach: int) -> tuple[dict[int, str], Links]:
    """Each action after two of those before it, not farther back than the reach."""
    chance = random.Random(SEED)  # noqa: S311 - a random graph, no secret
    links = {
        (chance.randint(max(0, index - reach), index - 1), "out", index)
        for index in range(1, count)
        for _ in range(2)
    }
    return {}, sorted(links)


NESTING: dict[str, Shape] = {
    "chain": chain,
    "diamonds": diamonds,
    "cascade": cascade,
    "mixed": mixed,
    "fan": fan,
    "switch": switch,
    "shortcuts": shortcuts,
    "ways in": ways_in,
}
"""Shapes that nest, but for small parts of `mixed`: the machine grows with the graph."""

MESHES: dict[str, Shape] = {
    "ladder": ladder,
    "crossing": crossing,
    "near tangle": lambda count: tangle(count, 4),
    "far tangle": lambda count: tangle(count, count),
}
"""Shapes that are one mesh of token joins: what joins are reported may grow with the square."""


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


def rows() -> list[Row]:
    """Measure every shape at every size: best CPU time of several tries."""
    found: list[Row] = []
    for name, shape in (NESTING | MESHES).items():
        times: dict[int, float] = {}
        notes: dict[int, str] = {}
        for size in SIZES:
            times[size], notes[size] = _measured(drawn(*shape(size)))
            found.append(
                Row(
                    "compile",
                    f"{name} of {size:,} nodes",
                    round(times[size], 2),
                    "ms",
                    notes[size],
                )
            )
        growth = max(times[ten_times] / times[size] for size, ten_times in TEN_TIMES)
        refused = any(notes[ten_times].startswith(REFUSED) for _, ten_times in TEN_TIMES)
        note = REFUSED if refused else ""
        found.append(Row("compile", f"{name}, 10 times the nodes", round(growth, 1), "times", note))
    return found


def _measured(graph: Graph) -> tuple[float, str]:
    """Return milliseconds, and the size of the definition or what was refused."""
    best = float("inf")
    made = ""
    for _ in range(REPEATS):
        begun = time.process_time()
        try:
            compiled = compile_graph(graph, function_arn_prefix=PREFIX)
            made = f"{len(compiled.definition_json):,} bytes"
        except GraphNotCompilableError as refused:
            made = f"{REFUSED}: {refused.message}"
        best = min(best, time.process_time() - begun)
    return best * 1000, made
