"""Builds the dashboard with npm if its sources changed, and packages it for Lambda.

Usage: python scripts/build_dashboard.py install            what its checks and its build need
       python scripts/build_dashboard.py build              dashboard/dist
       python scripts/build_dashboard.py package DIRECTORY  the same, as the function takes it

Node is asked for only when something has to be installed or built. A built dashboard that is older
than its sources is taken, with a warning, where it cannot be built again. Needs nothing but the
standard library, since SAM runs it with whatever Python there is.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

DASHBOARD = Path(__file__).resolve().parent.parent / "dashboard"
SOURCES = (
    "index.html",
    "package-lock.json",
    "package.json",
    "src",
    "tsconfig.json",
    "vite.config.ts",
)
"""All that decides what the build makes."""

DECIDE_INSTALL = ("package-lock.json", "package.json")
STAMP = ".bookflow-sources"
"""In `dist` and in `node_modules`: a digest of what each was made from, written last."""

BUILD_ONLY = " without checks"
"""Behind the digest of `node_modules` in which the linters and test tools were left out."""

PACKED_SUFFIXES = frozenset({".css", ".html", ".ico", ".js", ".json", ".svg", ".txt"})
"""Files that gzip makes much smaller; fonts and pictures are compressed already."""

OLDEST_NODE = "20.19"


class DashboardError(Exception):
    """The dashboard cannot be installed or built; the message says why and what to do."""


def digest_of(folder: Path, names: Iterable[str]) -> str:
    """Return a digest of the named files and folders: paths and contents."""
    digest = hashlib.sha256()
    for name in names:
        start = folder / name
        files = (
            [start] if start.is_file() else (path for path in start.rglob("*") if path.is_file())
        )
        for path in sorted(files):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def is_made_from(made: Path, digest: str) -> bool:
    """Whether a folder carries the stamp of the sources with the digest."""
    stamp = made / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == digest


def install(folder: Path = DASHBOARD) -> None:
    """Install what the lock file names, unless just that is installed.

    Raises:
        DashboardError: npm is not there or fails.
    """
    with _alone(folder):
        _install(folder, with_checks=True)


def is_built(folder: Path = DASHBOARD) -> bool:
    """Whether what is built is current."""
    return is_made_from(folder / "dist", digest_of(folder, SOURCES))


def build(folder: Path = DASHBOARD) -> Path:
    """Build the dashboard unless what is built is current; return the folder of built files.

    Raises:
        DashboardError: It is not built and cannot be.
    """
    dist = folder / "dist"
    wanted = digest_of(folder, SOURCES)
    if is_made_from(dist, wanted):
        return dist
    with _alone(folder):
        if is_made_from(dist, wanted):
            return dist
        try:
            _install(folder, with_checks=False)
            print("Building the dashboard ...", flush=True)
            _npm(folder, "exec", "--", "vite", "build", "--logLevel", "warn")
        except DashboardError as error:
            if not (dist / "index.html").is_file():
                raise
            print(f"The dashboard that was built before is used. {error}", file=sys.stderr)
            return dist
        (dist / STAMP).write_text(wanted, encoding="ascii")
    return dist


def package(dist: Path, target: Path) -> None:
    """Copy the built files, text packed by gzip and stored under its name and `.gz`.

    The same files give the same bytes: gzip notes neither time nor name.
    """
    for file in sorted(path for path in dist.rglob("*") if path.is_file() and path.name != STAMP):
        copy = target / file.relative_to(dist)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in PACKED_SUFFIXES:
            packed = gzip.compress(file.read_bytes(), compresslevel=9, mtime=0)
            copy.with_name(f"{copy.name}.gz").write_bytes(packed)
        else:
            shutil.copyfile(file, copy)


def _install(folder: Path, *, with_checks: bool) -> None:
    """Install the lock file's packages; without its linters and test tools where only a build asks."""
    everything = digest_of(folder, DECIDE_INSTALL)
    modules = folder / "node_modules"
    build_only = f"{everything}{BUILD_ONLY}"
    if is_made_from(modules, everything) or (not with_checks and is_made_from(modules, build_only)):
        return
    print("Installing the dashboard's packages (once, about half a minute) ...", flush=True)
    omitted = [] if with_checks else ["--omit=dev"]
    _npm(folder, "ci", *omitted, "--no-audit", "--no-fund", "--loglevel=error")
    (modules / STAMP).write_text(everything if with_checks else build_only, encoding="ascii")


def _npm(folder: Path, *arguments: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise DashboardError(
            f"npm was not found: install Node {OLDEST_NODE} or newer, or put a built dashboard into "
            "dashboard/dist."
        )
    finished = subprocess.run([npm, *arguments], cwd=folder, stdin=subprocess.DEVNULL, check=False)
    if finished.returncode:
        raise DashboardError(
            f"npm {arguments[0]} failed; the reason is above. Check that Node is {OLDEST_NODE} or "
            "newer and that npm reaches its registry, then run the same command again."
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let parallel callers wait for the first."""
    lock = folder.parent / ".local" / "dashboard.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> int:
    """Run the command line; the exit code is 0, or 1 with a line that says what to do."""
    try:
        match arguments:
            case ["install"]:
                install()
            case ["build"]:
                build()
            case ["package", target]:
                package(build(), Path(target))
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except DashboardError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
