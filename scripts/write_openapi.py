"""Generates the OpenAPI document of the HTTP API from its routes; the API serves that file.

Usage: python scripts/write_openapi.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "layers" / "bookflow" / "python" / "bookflow" / "api" / "openapi.json"


def contract() -> str:
    """Return the contract as the routes say it."""
    from bookflow.api.app import Api, ApiSettings
    from bookflow.use_cases.workflows.make_machine import MachineTarget

    settings = ApiSettings(
        log_retention_days=30,
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
    """Write or compare; return 1 if the stored contract is out of date."""
    text = contract()
    is_stale = not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != text
    if "--check" in arguments:
        print("run scripts/write_openapi.py" if is_stale else "the contract is current")
        return 1 if is_stale else 0
    if is_stale:
        DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
