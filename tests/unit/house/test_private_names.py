"""Nothing private of a library is used: the next release may change it without a word."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "layers" / "bookflow" / "python" / "bookflow"

PATCHES = ROOT / "local" / "patches"
"""They replace insides of the emulator, each named in docs/local-emulator.md."""

ALLOWED = {
    "_asdict": "documented for named tuples; the underscore keeps it apart from their fields"
}

FILES = [
    path
    for folder in (PACKAGE, ROOT / "functions", ROOT / "local", ROOT / "scripts")
    for path in sorted(folder.rglob("*.py"))
    if PATCHES not in path.parents
]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def is_private(name: object) -> bool:
    return isinstance(name, str) and name.startswith("_") and not name.startswith("__")


def defined(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a module defines, its attributes among them."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name


def private_parts(tree: ast.AST) -> Iterator[str]:
    """Yield the private parts of others that a module uses: attributes, keys and imports.

    An attribute of another object counts as ours if the same module defines a name like it.
    """
    ours = set(defined(tree)) | ALLOWED.keys()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if is_private(name) and name not in ours:
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.Subscript(slice=ast.Constant(value=key)) if is_private(key):
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.Import(names=names):
                paths = [alias.name for alias in names]
                if any(is_private(part) for path in paths for part in path.split(".")):
                    yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.ImportFrom(module=module, names=names):
                parts = [*(module or "").split("."), *(alias.name for alias in names)]
                if any(map(is_private, parts)):
                    yield f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_private_part_of_another_module_is_used(path: Path) -> None:
    assert list(private_parts(TREES[path])) == []


@pytest.mark.parametrize(
    "source",
    [
        "resolver._request_validation_middleware = None",
        "app._cors",
        "self._parse_json_data(app)",
        "app.context['_route']",
        "from pydantic import _internal",
        "from pydantic._internal import fields",
        "import botocore._loaders",
        "pydantic._internal.fields.collect()",
    ],
)
def test_a_private_part_would_be_seen(source: str) -> None:
    assert list(private_parts(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n  def _run(self): self._run()",
        "self._x = 1\nother._x",
        "key._asdict()",
        "module.__name__",
        "from __future__ import annotations",
    ],
)
def test_what_is_ours_or_documented_is_no_private_part(source: str) -> None:
    assert list(private_parts(ast.parse(source))) == []
