"""Installs a hashed requirements file into a virtual environment, if it changed.

Usage: python -m scripts.ensure_venv DIRECTORY REQUIREMENTS

The environment is built anew only when the requirements file or the interpreter has changed since
it was last built. Needs nothing but the standard library, so that it runs before any environment
exists.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.packages import ensure, shown

OLDEST_PYTHON = (3, 11)


def main(arguments: list[str]) -> int:
    """Run the command line; the exit code is 0, or 1 with a line that says what to do."""
    if len(arguments) != 2:
        print("usage: python -m scripts.ensure_venv DIRECTORY REQUIREMENTS", file=sys.stderr)
        return 2
    if sys.version_info < OLDEST_PYTHON:
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    directory, requirements = Path(arguments[0]), Path(arguments[1])
    try:
        ensure(directory, requirements)
    except subprocess.CalledProcessError as error:
        if "ensurepip" in error.cmd:
            remedy = "This Python cannot make environments: install its venv module (python3-venv)"
        else:
            remedy = "The reason is above: check that pip reaches a package index"
        print(
            f"Could not install {shown(requirements)} into {shown(directory)}. {remedy}, "
            "then run the same command again.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
