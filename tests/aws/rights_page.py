"""Writes `docs/rights.md` of what the suites recorded, or checks that it is up to date.

`python -m tests.aws.rights_page FOLDER` writes the page of the recordings in the folder; with
`--check` it compares instead and ends with 1 if the page would be another.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.aws.reasons import reason
from tests.aws.stack import Deployed, Right
from tests.unit.template.checks import ROOT

PAGE = ROOT / "docs" / "rights.md"
SUITES = ("api", "handlers", "reminders", "surveys")

_HEAD = """# Rights

What each role of the stack may do, and what needs it. `make rights` writes this page: it runs the integration suites, whose
functions act under their roles of the transformed template, and notes which right let each call pass. A right is used by
those suites, or it is kept for the reason that `tests/aws/reasons.py` gives. Anything else fails `make integration`.
"""


def recorded(folder: Path) -> dict[Right, set[str]]:
    """Return the suites that needed each right.

    Raises:
        FileNotFoundError: A suite has recorded nothing.
    """
    found: dict[Right, set[str]] = defaultdict(set)
    for suite in SUITES:
        for row in json.loads((folder / f"{suite}.json").read_text(encoding="utf-8")):
            found[Right(*row)].add(suite)
    return found


def page(rights: Iterable[Right], used: Mapping[Right, set[str]]) -> str:
    """Return the page's text.

    Raises:
        ValueError: A right is neither used nor kept for a reason, with all such rights.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    needless = []
    for right in rights:
        suites = used.get(right)
        why = f"used by {', '.join(sorted(suites))}" if suites else reason(right)
        if why is None:
            needless.append(str(right))
        lines[right.owner].append(f"| `{right.action}` | `{right.resource}` | {why} |")
    if needless:
        raise ValueError(
            "No call needs these rights. Take them out of template.yaml, or say in "
            "tests/aws/reasons.py why they are kept:\n" + "\n".join(needless)
        )
    parts = [_HEAD]
    for owner in sorted(lines):
        table = "\n".join(["| Right | On | Why |", "| --- | --- | --- |", *lines[owner]])
        parts.append(f"## {owner}\n\n{table}\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write or check the page; return the exit code."""
    folder, *options = arguments
    text = page(Deployed().rights(), recorded(Path(folder)))
    if "--check" not in options:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/rights.md is not up to date. Run `make rights`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
