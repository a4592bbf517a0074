"""Counts lines of code by folder: without blanks, comments and docstrings for Python.

Usage: count_code.py [DEPTH]. The layer is counted by folders of that depth (1 if not given); the
dashboard's sources, but for generated types, by their lines that are not blank.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAYER = ROOT / "layers" / "bookflow" / "python" / "bookflow"
DASHBOARD = ROOT / "dashboard" / "src"

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(source: str) -> int:
    """Return the number of lines that hold code: no blanks, comments or docstrings.

    A text of its own right is a docstring, also after an attribute.
    """
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str()), lineno=int(first), end_lineno=int(last)):
                lines.difference_update(range(first, last + 1))
    return len(lines)


def by_folder(root: Path, depth: int, suffixes: tuple[str, ...]) -> Counter[str]:
    """Return the lines of code of each folder below the root."""
    counts: Counter[str] = Counter()
    for path in sorted(root.rglob("*")):
        if path.suffix not in suffixes or path.name.endswith(".d.ts"):
            continue
        folder = "/".join(path.relative_to(root).parent.parts[:depth]) or "."
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            counts[folder] += code_lines(source)
        else:
            counts[folder] += sum(1 for line in source.splitlines() if line.strip())
    return counts


def main() -> None:
    """Print both counts."""
    depth = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    for title, root, suffixes in (
        ("layer, lines of code", LAYER, (".py",)),
        ("dashboard, lines that are not blank", DASHBOARD, (".ts", ".tsx", ".css")),
    ):
        counts = by_folder(root, depth, suffixes)
        print(f"{title}: {counts.total():,}")
        for folder, count in sorted(counts.items()):
            print(f"{count:>8,}  {folder}")


if __name__ == "__main__":
    main()
