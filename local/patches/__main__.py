"""Runs the emulator with the patches applied: `python -m local.patches`, by the emulator's venv."""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import importlib
import importlib.metadata
import os
import signal
import sys
import threading

from local.patches import PATCHED_VERSION, PATCHES


def main() -> None:
    """Rejects any other release than the one the patches are for, applies them, and serves."""
    installed = importlib.metadata.version("ministack")
    if installed != PATCHED_VERSION:
        raise SystemExit(
            f"The patches in local/patches are for ministack {PATCHED_VERSION}, not {installed}. "
            "Install requirements/emulator.txt, or try the patches anew and raise PATCHED_VERSION."
        )
    for name in PATCHES:
        importlib.import_module(f"local.patches.{name}").apply()
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    # `main` of the emulator reads its own arguments.
    sys.argv = ["ministack"]
    from ministack.app import main as serve

    serve()


def _end_with_the_caller() -> None:
    """End with all function workers once nobody holds the other end of standard input."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
