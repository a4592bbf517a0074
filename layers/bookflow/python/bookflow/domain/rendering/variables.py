"""Finds a template's variables and problems without rendering it, for save and publish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from jinja2 import nodes

from bookflow.domain.rendering import environment, json_body, syntax
from bookflow.domain.rendering.modes import Mode
from bookflow.domain.rendering.problems import TemplateProblem, TemplateSourceError

EACH: Final = "*"
"""Stands for any item of a list in a `VariablePath`."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class VariablePath:
    """A variable that a template reads.

    `parts` are the names from the root on, as in `("customer", "first_name")`; a list's position
    is written `*`. `guarded` is true if every use allows for a missing value, by `default` or by
    an `if` around it. `line` is that of the first use.
    """

    parts: Path
    guarded: bool = False
    line: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return ".".join(self.parts)


def problems(source: str, mode: Mode) -> list[TemplateProblem]:
    """Return what has to be fixed before a template can be saved; empty if nothing."""
    try:
        if mode is Mode.JSON:
            json_body.compiled(source)
        else:
            environment.compiled(source, mode)
    except TemplateSourceError as refused:
        return list(refused.problems)
    return []


def referenced_variables(source: str, mode: Mode = Mode.TEXT) -> frozenset[VariablePath]:
    """Return every variable that a template may read.

    Raises `TemplateSourceError` for a source that `problems` would complain of.
    """
    reader = _Reader()
    if mode is Mode.JSON:
        for expression in json_body.read(source)[1]:
            reader.read(expression, _Known())
    else:
        reader.read(syntax.parse(environment.sandbox(), source), _Known())
    return frozenset(
        VariablePath(path, guarded, reader.lines[path]) for path, guarded in reader.found.items()
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What holds at a place in a template: paths known to have a value, and loop names."""

    present: frozenset[Path] = frozenset()
    optional: bool = False
    aliases: tuple[tuple[str, Path | None], ...] = ()

    def knowing(self, paths: Iterable[Path]) -> _Known:
        return _Known(self.present | frozenset(paths), self.optional, self.aliases)

    def leniently(self) -> _Known:
        return _Known(self.present, True, self.aliases)

    def strictly(self) -> _Known:
        return _Known(self.present, False, self.aliases)

    def naming(self, name: str, path: Path | None) -> _Known:
        return _Known(self.present, self.optional, ((name, path), *self.aliases))

    def resolve(self, name: str) -> Path | None:
        """Return the path that a name stands for; None if it is no part of the data."""
        for alias, path in self.aliases:
            if alias == name:
                return path
        return (name,)

    def guards(self, path: Path) -> bool:
        # What lies on the path to a value that is present is present too.
        return self.optional or any(known[: len(path)] == path for known in self.present)


class _Reader:
    """Walks a checked tree and notes each variable with whether its use is guarded."""

    def __init__(self) -> None:
        self.found: dict[Path, bool] = {}
        self.lines: dict[Path, int] = {}

    def read(self, node: nodes.Node, known: _Known) -> None:
        """Note the variables in a node and below it."""
        if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            self._path(node, known)
        elif isinstance(node, nodes.Filter):
            self._filter(node, known)
        elif isinstance(node, nodes.Test):
            asks = node.name in ("defined", "undefined", "none")
            self.read(node.node, known.leniently() if asks else known)
        elif isinstance(node, nodes.Not):
            self.read(node.node, self._asked(node.node, known))
        elif isinstance(node, nodes.And | nodes.Or):
            self._logic(node, known)
        elif isinstance(node, nodes.CondExpr):
            when_true, when_false = self._condition(node.test, known)
            self.read(node.expr1, when_true)
            if node.expr2 is not None:
                self.read(node.expr2, when_false)
        elif isinstance(node, nodes.If):
            self._if(node, known)
        elif isinstance(node, nodes.For):
            self._for(node, known)
        else:
            inner = known if isinstance(node, nodes.Template | nodes.Output) else known.strictly()
            for child in node.iter_child_nodes():
                self.read(child, inner)

    def _path(self, node: nodes.Node, known: _Known) -> None:
        path = _path_of(node, known)
        if path is not None:
            self.found[path] = self.found.get(path, True) and known.guards(path)
            self.lines.setdefault(path, node.lineno)
            return
        base, _ = syntax.split_path(node)
        if not isinstance(base, nodes.Name):
            self.read(base, known)

    def _filter(self, node: nodes.Filter, known: _Known) -> None:
        has_default = node.name in ("default", "d")
        if node.node is not None:
            self.read(node.node, known.leniently() if has_default else known)
        for argument in node.args:
            self.read(argument, known if has_default else known.strictly())
        for pair in node.kwargs:
            self.read(pair.value, known if has_default else known.strictly())

    def _logic(self, node: nodes.And | nodes.Or, known: _Known) -> None:
        self.read(node.left, self._asked(node.left, known))
        true, false = _facts(node.left, known)
        after = known.knowing(true if isinstance(node, nodes.And) else false)
        self.read(node.right, self._asked(node.right, after))

    @staticmethod
    def _asked(node: nodes.Node, known: _Known) -> _Known:
        """In a condition a bare variable may be missing: it then counts as false."""
        bare = isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem | nodes.Filter)
        return known.leniently() if bare else known

    def _condition(self, test: nodes.Node, known: _Known) -> tuple[_Known, _Known]:
        self.read(test, self._asked(test, known))
        true, false = _facts(test, known)
        return known.knowing(true), known.knowing(false)

    def _if(self, node: nodes.If, known: _Known) -> None:
        here, otherwise = self._condition(node.test, known)
        self._all(node.body, here)
        for branch in node.elif_:
            here, otherwise = self._condition(branch.test, otherwise)
            self._all(branch.body, here)
        self._all(node.else_, otherwise)

    def _for(self, node: nodes.For, known: _Known) -> None:
        self.read(node.iter, known)
        listed = _path_of(node.iter, known)
        each = None if listed is None else (*listed, EACH)
        inside = known.naming("loop", None)
        if isinstance(node.target, nodes.Name):
            inside = inside.naming(node.target.name, each)
        if node.test is not None:
            inside, _ = self._condition(node.test, inside)
        self._all(node.body, inside)
        self._all(node.else_, known)

    def _all(self, children: Iterable[nodes.Node], known: _Known) -> None:
        for child in children:
            self.read(child, known)


def _path_of(node: nodes.Node, known: _Known) -> Path | None:
    while isinstance(node, nodes.Filter) and node.name in ("default", "d") and node.node:
        node = node.node
    base, keys = syntax.split_path(node)
    if not isinstance(base, nodes.Name):
        return None
    root = known.resolve(base.name)
    if root is None:
        return None
    return root + tuple(EACH if isinstance(key, int) else key for key in keys)


def _facts(test: nodes.Node, known: _Known) -> tuple[set[Path], set[Path]]:
    """Return the paths that surely have a value if a condition holds, and if it does not."""
    if isinstance(test, nodes.Not):
        true, false = _facts(test.node, known)
        return false, true
    if isinstance(test, nodes.And):
        return set(_sides(test, known, 0)), set()
    if isinstance(test, nodes.Or):
        return set(), set(_sides(test, known, 1))
    if isinstance(test, nodes.Test):
        path = _path_of(test.node, known)
        present = set() if path is None or _defaulted(test.node) else {path}
        if test.name == "defined":
            return present, set()
        return (set(), present) if test.name in ("undefined", "none") else (set(), set())
    path = _path_of(test, known)
    return (set() if path is None or _defaulted(test) else {path}), set()


def _sides(node: nodes.And | nodes.Or, known: _Known, which: int) -> Iterator[Path]:
    yield from _facts(node.left, known)[which]
    yield from _facts(node.right, known)[which]


def _defaulted(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Filter)
