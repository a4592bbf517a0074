"""Stores bytecode beside the code of a build, made by a Python of the runtime's own version.

Usage: python bytecode.py BUILD_DIRECTORY   the functions in it, as `make build` leaves them

Bytecode fits one minor version of CPython only (its magic number, PEP 3147). Lambda cannot store its
own, as `/opt` and `/var/task` are read-only there: without it each cold start compiles what it
imports. It names its source by hash and is not checked (PEP 552), since SAM's zips date all files
1980, which makes bytecode that is checked by time stale.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LAMBDA_PYTHON = "3.13"
"""The template's Runtime."""

LAYER_FOLDER = "/opt/python"
FUNCTION_FOLDER = "/var/task"
"""Where Lambda puts a layer's `python` folder, and a function's code."""

WITHOUT = (
    "without bytecode, so each cold start takes about twice the processor time: no Python "
    f"{LAMBDA_PYTHON} was found here, and uv could not get one. Install it, then build again"
)

_ASK = (
    "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2], "
    "sys.version_info.releaselevel)"
)


def runtime_python(root: Path) -> Path | None:
    """Return a Python of the runtime's version: one of this machine, or one that uv gets; or None.

    Args:
        root: The repository; what uv gets is kept in its `.local/python`.
    """
    return next((python for python in _candidates(root) if _fits(python)), None)


def store_bytecode(python: Path, folder: Path, installed_at: str) -> None:
    """Compile every module in the folder. The same sources give the same bytes.

    Args:
        python: The interpreter that makes it.
        folder: Where the modules are now.
        installed_at: Where they will be; tracebacks name that, and importing need not correct it.
    """
    command = [str(python), "-s", "-P", "-m", "compileall", "-qq", "-f"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", installed_at]
    # The order of a set's members is part of the bytecode. A module that does not compile is one
    # that nobody can import: a template of some package.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = kept | {"PYTHONHASHSEED": "0"}
    subprocess.run([*command, str(folder)], check=False, env=environment)  # noqa: S603 - see above


def _candidates(root: Path) -> Iterator[Path]:
    name = f"python{LAMBDA_PYTHON}"
    yield Path(sys.executable)
    # All of the path: a version manager's shim may come first and not work.
    for folder in os.get_exec_path():
        yield Path(folder) / name
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{LAMBDA_PYTHON}*/bin/{name}"), reverse=True)
    for uv in _installed_uvs(root):
        yield from _by_uv(uv, root / ".local" / "python")


def _installed_uvs(root: Path) -> list[Path]:
    own = [root / venv / "bin" / "uv" for venv in (".venv", ".local/venvs/uv")]
    found = [*own, *(Path(folder) / "uv" for folder in os.get_exec_path())]
    return [uv for uv in found if os.access(uv, os.X_OK)][:1]


def _by_uv(uv: Path, folder: Path) -> Iterator[Path]:
    """Give what uv finds; if that was not taken, what it downloads."""
    environment = os.environ | {"UV_PYTHON_INSTALL_DIR": str(folder), "UV_HTTP_RETRIES": "0"}
    find = ["python", "find", "--no-project", "--no-python-downloads", LAMBDA_PYTHON]
    install = ["python", "install", "--quiet", "--no-bin", LAMBDA_PYTHON]
    for arguments in (find, install, find):
        done = subprocess.run(  # noqa: S603 - see above
            [str(uv), *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        if done.stdout.strip():
            yield Path(done.stdout.strip())


def _fits(python: Path) -> bool:
    """Whether it is a released CPython of the version: those before a release differ in bytecode."""
    if not os.access(python, os.X_OK):
        return False
    done = subprocess.run(  # noqa: S603 - asks what is about to compile
        [str(python), "-I", "-c", _ASK], capture_output=True, text=True, check=False
    )
    return done.stdout.split() == ["cpython", LAMBDA_PYTHON, "final"]


def main(arguments: list[str]) -> int:
    """Run the command line; the exit code is 0, with bytecode or without."""
    (build,) = arguments
    python = runtime_python(Path(os.environ.get("BOOKFLOW_ROOT", Path.cwd())))
    if python is not None:
        for code in sorted(Path(build).glob("*Function")):
            store_bytecode(python, code, FUNCTION_FOLDER)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
