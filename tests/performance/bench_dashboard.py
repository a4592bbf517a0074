"""Measures what a browser loads of the dashboard: bytes packed by gzip, as its function serves them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

from scripts.build_dashboard import DASHBOARD
from tests.performance.rows import Row

PAGES = {"HomePage": "Home", "WorkflowsPage": "the list of workflows", "WorkflowPage": "the editor"}


def rows() -> list[Row]:
    """Return the sizes of the first view of some pages and of the whole; none if nothing is built."""
    dist = DASHBOARD / "dist"
    index = dist / "index.html"
    if not index.is_file():
        return []
    named = re.findall(r'(?:src|href)="\./([^"]+)"', index.read_text(encoding="utf-8"))
    start = [index, *(dist / name for name in named)]
    found = []
    for page, title in PAGES.items():
        files = _with_imports([*start, *dist.glob(f"assets/{page}-*.js")])
        found.append(
            Row(
                "dashboard",
                f"first view of {title}",
                _packed(files),
                "bytes",
                f"{len(files)} files",
            )
        )
    code = {path for path in dist.rglob("*") if path.suffix in (".html", ".js", ".css")}
    return [
        *found,
        Row("dashboard", "all code and styles", _packed(code), "bytes", f"{len(code)} files"),
    ]


def _with_imports(files: Iterable[Path]) -> set[Path]:
    """Return the files and the scripts that they import, which come before a page is shown."""
    found: set[Path] = set()
    left = list(files)
    while left:
        path = left.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".js":
            imported = re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', path.read_text("utf-8"))
            left += [path.with_name(name) for name in imported]
    return found


def _packed(files: Iterable[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in files)
