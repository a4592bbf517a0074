"""Measures what a browser loads of the dashboard: bytes packed by gzip, as its function serves them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

from scripts.build_dashboard import DASHBOARD
from tests.performance.rows import Row


def rows() -> list[Row]:
    """Return the sizes of the first page and of the whole; none if nothing is built."""
    dist = DASHBOARD / "dist"
    index = dist / "index.html"
    if not index.is_file():
        return []
    named = re.findall(r'(?:src|href)="\.?/?([^":]+)"', index.read_text(encoding="utf-8"))
    first = [index, *(dist / name.removeprefix("dashboard/") for name in dict.fromkeys(named))]
    code = [path for path in dist.rglob("*") if path.suffix in (".html", ".js", ".css")]
    return [
        Row("dashboard", "first page", _packed(first), "bytes", f"{len(first)} files"),
        Row("dashboard", "all code and styles", _packed(code), "bytes", f"{len(code)} files"),
    ]


def _packed(files: Iterable[Path]) -> int:
    return sum(
        len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in files if path.is_file()
    )
