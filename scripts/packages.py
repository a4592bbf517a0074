"""Installs lists of pinned packages: by uv, which takes seconds, or by pip where uv cannot be had.

uv is itself pinned and installed by pip. Both check the hashes of what they install. uv asks the
package index that pip is set up with. Needs nothing but the standard library.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV_VENV = Path(".local") / "venvs" / "uv"
STAMP = ".bookflow-requirements"

PIP_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "no-index": "UV_NO_INDEX",
}
"""pip's settings of where packages come from, and uv's variables for the same."""

SLOWER = "uv could not be installed: pip takes its place, which needs some minutes more."


@dataclass(frozen=True)
class Platform:
    """Another machine than this one, to install for.

    Attributes:
        python: Its Python, such as `3.13`.
        uv_name: Its processor and system as uv names them.
        pip_names: The same for pip, which takes each tag only as it is written.
    """

    python: str
    uv_name: str
    pip_names: Sequence[str]


def fingerprint(requirements: Path) -> str:
    """Return a digest of what an environment holds: the pinned packages and the interpreter."""
    digest = hashlib.sha256(requirements.read_bytes())
    digest.update(f"{platform.python_implementation()} {platform.python_version()}".encode())
    return digest.hexdigest()


def is_current(directory: Path, requirements: Path) -> bool:
    """Whether the environment holds just what the list says."""
    stamp = directory / STAMP
    return stamp.is_file() and stamp.read_text() == fingerprint(requirements)


def ensure(directory: Path, requirements: Path, root: Path = ROOT) -> bool:
    """Build the environment if it is absent or out of date; return whether it was built.

    A lock beside it makes parallel callers wait for the first.

    Raises:
        subprocess.CalledProcessError: Nothing could install it; the reason is on stderr by then.
    """
    if is_current(directory, requirements):
        return False
    with _alone(directory):
        if is_current(directory, requirements):
            return False
        print(f"Installing {requirements.name} into {shown(directory)} ...", flush=True)
        if not _made_by_uv(directory, requirements, root):
            _make_by_pip(directory, requirements)
        (directory / STAMP).write_text(fingerprint(requirements))
    return True


def install_into(folder: Path, requirements: Path, root: Path, target: Platform | None) -> None:
    """Put the packages of a list into a plain folder, for this Python or for another machine.

    Raises:
        subprocess.CalledProcessError: Nothing could install them.
    """
    pinned = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(folder)]
    pinned += ["--requirement", str(requirements)]
    uv = ensure_uv(root)
    if uv is not None:
        command = [str(uv), "pip", "install", "--quiet", "--python", sys.executable, *pinned]
        if target is not None:
            command += ["--python-version", target.python, "--python-platform", target.uv_name]
        if _succeeds(command):
            (folder / ".lock").unlink(missing_ok=True)
            return
        shutil.rmtree(folder, ignore_errors=True)
    command = [_python_with_pip(root), "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    command += ["--no-compile", "--no-warn-conflicts", *pinned]
    if target is not None:
        command += ["--implementation", "cp", "--python-version", target.python]
        command += [word for name in target.pip_names for word in ("--platform", name)]
    subprocess.run(command, check=True)


def ensure_uv(root: Path) -> Path | None:
    """Return the pinned uv, which pip installs at the first call; None where it cannot be had."""
    directory, requirements = root / UV_VENV, root / "requirements" / "uv.txt"
    uv = directory / "bin" / "uv"
    if not requirements.is_file():
        return None
    try:
        with _alone(directory):
            if not is_current(directory, requirements):
                _make_by_pip(directory, requirements)
                (directory / STAMP).write_text(fingerprint(requirements))
    except (subprocess.CalledProcessError, OSError):
        print(SLOWER, file=sys.stderr, flush=True)
        return None
    return uv


def index_settings(given: Mapping[str, str], pip: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make uv ask the package index of pip's settings.

    Args:
        given: The environment; what it says of uv holds.
        pip: pip's settings by name, such as `index-url`.
    """
    found = {
        variable: ("," if name == "find-links" else " ").join(pip[name].split())
        for name, variable in PIP_SETTINGS.items()
        if pip.get(name) and variable not in given
    }
    # As pip does; the hashes say which file is meant.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match"} | found


def shown(path: Path) -> str:
    """Return the path as a person at the current folder would type it."""
    return os.path.relpath(path)


def _made_by_uv(directory: Path, requirements: Path, root: Path) -> bool:
    uv = ensure_uv(root)
    if uv is None:
        return False
    shutil.rmtree(directory, ignore_errors=True)
    python = str(directory / "bin" / "python")
    # No pip of its own: uv does its work, too.
    make = [str(uv), "venv", "--quiet", "--no-project", "--python", sys.executable, str(directory)]
    fill = [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--python", python]
    check = [str(uv), "pip", "check", "--quiet", "--python", python]
    return all(_succeeds(command) for command in (make, [*fill, str(requirements)], check))


def _make_by_pip(directory: Path, requirements: Path) -> None:
    """The list is complete, so pip resolves nothing; Python compiles a module when it is first used."""
    shutil.rmtree(directory, ignore_errors=True)
    venv.create(directory, with_pip=True, symlinks=os.name != "nt")
    pip = [str(directory / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-qq"]
    pinned = ["--no-deps", "--require-hashes", "--requirement", str(requirements)]
    subprocess.run([*pip, "install", "--no-compile", *pinned], check=True)
    subprocess.run([*pip, "check"], check=True)


def _succeeds(uv_command: Sequence[str]) -> bool:
    pip = _pip_settings(Path(uv_command[0]).with_name("python"))
    environment = os.environ | index_settings(os.environ, pip)
    # An environment of the caller's is not the one that is meant.
    environment.pop("VIRTUAL_ENV", None)
    return subprocess.run(uv_command, env=environment, check=False).returncode == 0


@cache
def _pip_settings(python: Path) -> Mapping[str, str]:
    command = [str(python), "-m", "pip", "config", "list"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    settings: dict[str, str] = {}
    # The later ones count: `global`, `install`, then the environment as `:env:`.
    for line in said.splitlines():
        name, _, value = line.partition("=")
        settings[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return settings


def _python_with_pip(root: Path) -> str:
    """This Python if it has pip, else that of the environment that uv was installed into."""
    command = [sys.executable, "-m", "pip", "--version"]
    has_pip = subprocess.run(command, capture_output=True, check=False).returncode == 0
    return sys.executable if has_pip else str(root / UV_VENV / "bin" / "python")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    directory.parent.mkdir(parents=True, exist_ok=True)
    with (directory.parent / f"{directory.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
