"""Folders stay small enough to be read at a glance, and each file says what it is for."""

import ast
from collections import Counter
from pathlib import Path

import bookflow

PACKAGE = Path(bookflow.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
ABOUT_A_DOZEN = 14

# One file a type, found by looking into the folder: they grow with the product.
OPEN_FOLDERS = {PACKAGE / "actions", PACKAGE / "domain" / "events"}


def test_no_folder_of_the_package_has_more_than_about_a_dozen_modules() -> None:
    sizes = Counter(path.parent for path in MODULES if path.name != "__init__.py")
    large = {
        str(folder.relative_to(PACKAGE)): n
        for folder, n in sizes.items()
        if n > ABOUT_A_DOZEN and folder not in OPEN_FOLDERS
    }
    assert not large


def test_every_file_says_in_its_first_line_what_it_is_for() -> None:
    silent = [str(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


def test_no_two_classes_share_a_name() -> None:
    places: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert not {name: found for name, found in places.items() if len(found) > 1}
