"""Writes the contract of the HTTP API from its routes: for readers and for the API that serves it.

Usage: python scripts/write_openapi.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (
    ROOT / "docs" / "openapi.json",
    ROOT / "layers" / "bookflow" / "python" / "bookflow" / "api" / "openapi.json",
)


def contract() -> str:
    """Return the contract as the routes say it."""
    from bookflow.api.app import Api, ApiSettings
    from bookflow.use_cases.publish import MachineTarget

    settings = ApiSettings(
        issuer="https://issuer.example",
        audiences=frozenset({"bookflow"}),
        allowed_origin="",
        cursor_key="contract",
        machine_target=MachineTarget("", "", "", ""),
    )
    return Api(_no_ports, lambda: settings).contract()


def _no_ports() -> NoReturn:
    raise RuntimeError("the contract needs no ports")


def main(arguments: list[str]) -> int:
    """Write or compare; return 1 if a stored contract is out of date."""
    text = contract()
    stale = [path for path in DOCUMENTS if not _is(path, text)]
    if "--check" in arguments:
        print("run scripts/write_openapi.py" if stale else "the contract is current")
        return 1 if stale else 0
    for path in stale:
        path.write_text(text, encoding="utf-8")
    return 0


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
