"""Holds that docs/errors.md lists the exceptions that the package really has."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bookflow
from bookflow.cli import main

ROOT = Path(__file__).parents[3]
GALLERY = ROOT / "layers/bookflow/python/bookflow/gallery"
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
TREE, OUTSIDE, NAMES = (
    "The tree",
    "Exceptions outside of the tree",
    "Names that Step Functions sees",
)
ROOT_CLASS = "BookflowError"


def section(title: str) -> str:
    """Return the text below a heading of the page."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def subclasses(parent: type[BaseException]) -> Iterator[type[BaseException]]:
    """Yield all classes below a parent, once for each path to them."""
    for child in parent.__subclasses__():
        yield child
        yield from subclasses(child)


def ours() -> set[type[BaseException]]:
    """Return the package's exceptions; all modules are imported, as a class exists from then on."""
    for module in pkgutil.walk_packages(bookflow.__path__, "bookflow."):
        importlib.import_module(module.name)
    return {each for each in subclasses(Exception) if each.__module__.startswith("bookflow.")}


def in_code() -> set[tuple[str, str]]:
    """Return (parent, class) for each class of the family."""
    family = {each for each in ours() if ROOT_CLASS in {base.__name__ for base in each.__mro__}}
    return {
        (base.__name__, each.__name__)
        for each in family
        for base in each.__bases__
        if base in family
    }


def on_page() -> set[tuple[str, str]]:
    """Return (parent, class) for each line of the page's tree."""
    pairs: set[tuple[str, str]] = set()
    path: list[str] = []
    for line in section(TREE).split("```")[1].strip().splitlines():
        branch, name = re.fullmatch(r"([│├└─ ]*)(\w+)", line).groups()  # type: ignore[union-attr]
        depth = len(branch) // 4
        path[depth:] = [name]
        if depth:
            pairs.add((path[depth - 1], name))
    return pairs


def rows(title: str) -> list[str]:
    """Return the first cell of each row of a section's last table, without the header."""
    table = section(title).rsplit("\n\n|", 1)[-1]
    return [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]


def test_the_tree_is_the_code_s() -> None:
    assert on_page() == in_code()


def test_each_class_of_the_tree_has_one_line() -> None:
    described = [name for cell in rows(TREE) for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(described) == sorted({ROOT_CLASS, *(name for _, name in in_code())})


def test_the_exceptions_outside_of_the_tree_are_named() -> None:
    outside = {
        each.__name__
        for each in ours()
        if ROOT_CLASS not in {base.__name__ for base in each.__mro__}
    }
    assert {name for cell in rows(OUTSIDE) for name in re.findall(r"`(\w+)`", cell)} == outside
    assert not outside & {name for _, name in in_code()}


def names_in(state: object) -> Iterator[str]:
    """Yield the names that a machine retries or catches, at any depth."""
    if isinstance(state, dict):
        yield from state.get("ErrorEquals", ())
        state = list(state.values())
    if isinstance(state, list):
        for part in state:
            yield from names_in(part)


def test_the_names_that_machines_retry_and_catch_are_on_the_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names: set[str] = set()
    for workflow in GALLERY.glob("*.json"):
        assert main(["compile", str(workflow)]) == 0
        names |= set(names_in(json.loads(capsys.readouterr().out)))
    assert {"TransientError", "RetryAfter60"} <= names
    described = {name for cell in rows(NAMES) for name in re.findall(r"`([\w.]+)`", cell)}
    assert names - {"States.ALL"} <= described
    from_lambda = {name for name in described if name.startswith(("Lambda.", "Runtime."))}
    assert from_lambda <= names
