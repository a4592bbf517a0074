"""Installs a hashed requirements file into a virtual environment, if it changed.

Usage: python scripts/ensure_venv.py DIRECTORY REQUIREMENTS

The environment is built anew only when the requirements file or the interpreter has changed since
it was last built. A lock beside it makes parallel callers wait for the first. Needs nothing but the
standard library, so that it runs before any environment exists.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

OLDEST_PYTHON = (3, 11)
STAMP = ".bookflow-requirements"


def fingerprint(requirements: Path) -> str:
    """Return a digest of what the environment holds: the pinned packages and the interpreter."""
    digest = hashlib.sha256(requirements.read_bytes())
    digest.update(f"{platform.python_implementation()} {platform.python_version()}".encode())
    return digest.hexdigest()


def ensure(directory: Path, requirements: Path) -> bool:
    """Build the environment if it is absent or out of date; return whether it was built.

    Raises `subprocess.CalledProcessError` when pip fails; pip's own message is on stderr by then.
    """
    wanted = fingerprint(requirements)
    stamp = directory / STAMP
    directory.parent.mkdir(parents=True, exist_ok=True)
    with (directory.parent / f"{directory.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == wanted:
            return False
        print(f"Installing {requirements.name} into {shown(directory)} ...", flush=True)
        shutil.rmtree(directory, ignore_errors=True)
        venv.create(directory, with_pip=True, symlinks=os.name != "nt")
        install(directory / "bin" / "python", requirements)
        stamp.write_text(wanted)
    return True


def install(python: Path, requirements: Path) -> None:
    """Install exactly the pinned files.

    The list is complete, so pip resolves nothing; Python compiles a module when it is first used.
    """
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq"]
    pinned = ["--no-deps", "--require-hashes", "--requirement", str(requirements)]
    subprocess.run([*pip, "install", "--no-compile", *pinned], check=True)
    subprocess.run([*pip, "check"], check=True)


def shown(path: Path) -> str:
    """Return the path as a person at the current folder would type it."""
    return os.path.relpath(path)


def main(arguments: list[str]) -> int:
    """Run the command line; the exit code is 0, or 1 with a line that says what to do."""
    if len(arguments) != 2:
        print("usage: python scripts/ensure_venv.py DIRECTORY REQUIREMENTS", file=sys.stderr)
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
