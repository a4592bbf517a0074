"""The patches of the emulator are disclosed: each says its gap, and each is in the list."""

from __future__ import annotations

import ast
from pathlib import Path

from local import patches

FOLDER = Path(patches.__file__).parent
FILES = [path for path in sorted(FOLDER.glob("*.py")) if not path.name.startswith("__")]
DOCUMENT = FOLDER.parents[1] / "docs" / "local-emulator.md"


def test_every_patch_file_is_applied_and_every_name_has_a_file() -> None:
    assert sorted(patches.PATCHES) == [path.stem for path in FILES]


def test_every_patch_names_its_gap_in_the_first_line_and_has_an_apply() -> None:
    for path in FILES:
        tree = ast.parse(path.read_text())
        first_line = (ast.get_docstring(tree) or "").splitlines()[0]
        assert first_line.startswith("Gap: "), path.name
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert "apply" in functions, path.name


def test_every_patch_is_in_the_documents_table() -> None:
    text = DOCUMENT.read_text()
    missing = [name for name in patches.PATCHES if f"`{name}`" not in text]
    assert missing == []


def test_the_patched_release_is_the_one_that_is_installed() -> None:
    requirements = DOCUMENT.parents[1] / "requirements" / "emulator.in"
    assert f"ministack=={patches.PATCHED_VERSION}" in requirements.read_text()
