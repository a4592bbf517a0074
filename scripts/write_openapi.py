"""Writes docs/openapi.json, the contract of the HTTP API, from its routes; --check only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "openapi.json"


def contract() -> str:
    """Return the contract as the API serves it."""
    from bookflow.api.app import Api, ApiSettings
    from bookflow.publish import MachineTarget

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
    """Write or compare; return 1 if the stored contract is out of date."""
    text = contract()
    if "--check" in arguments:
        is_current = DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text
        print("docs/openapi.json is current" if is_current else "run scripts/write_openapi.py")
        return 0 if is_current else 1
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
