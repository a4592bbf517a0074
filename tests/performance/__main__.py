"""Runs every benchmark beside it and prints the figures: `python -m tests.performance [--json]`."""

from __future__ import annotations

import argparse
import json
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from tests.performance.rows import Row


def main() -> None:
    """Print the rows of each module `bench_*.py`, as a table or as JSON."""
    parser = argparse.ArgumentParser(prog="tests.performance", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the rows as a JSON list")
    arguments = parser.parse_args()
    rows = list(_all_rows())
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print(_table(rows))


def _all_rows() -> Iterator[Row]:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name.startswith("bench_"):
            yield from import_module(f"tests.performance.{module.name}").rows()


def _table(rows: Sequence[Row]) -> str:
    lines = [("what", "case", "value", "unit", "note")]
    lines += [(row.subject, row.case, f"{row.value:,g}", row.unit, row.note) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if column == 2 else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


if __name__ == "__main__":
    main()
