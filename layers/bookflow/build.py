"""Builds the Lambda layer: the bookflow package and its pinned dependencies, under `python/`.

Usage: python build.py ARTIFACTS_DIRECTORY   the layer
       python build.py                       its dependencies alone, for a later build

BOOKFLOW_BUILD_TARGET is `lambda` (default: wheels for the template's runtime and architecture,
whatever this machine is) or `host` (wheels for the Python that runs this file, for the emulator).
Installed dependencies are kept under BOOKFLOW_ROOT/.local/layer, by the content of what decides
them, so that a second build only copies. Needs neither Docker nor the runtime's own Python; with one,
the layer has bytecode too (bytecode.py).
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bytecode import LAMBDA_PYTHON, LAYER_FOLDER, WITHOUT, runtime_python, store_bytecode

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
SOURCE = HERE / "python" / "bookflow"

# Amazon Linux 2023, which carries the python3.13 runtime, has glibc 2.34. pip takes each tag as it
# is written, so older ones are named too.
PIP_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux_2_34_aarch64")
UV_PLATFORM = "aarch64-manylinux_2_34"

# Not imported unless asked for by name, and 24 MB: where a number is from, who carries it; tests.
UNUSED = (
    "bin",
    "icalendar/tests",
    "phonenumbers/geodata",
    "phonenumbers/carrierdata",
    "phonenumbers/tzdata",
)

# AWS refuses a function whose code and layers unzip to more.
LARGEST_LAYER_MB = 250


def main(arguments: list[str]) -> int:
    """Run the command line; the exit code is 0, or 1 with a line that says what to do."""
    target = os.environ.get("BOOKFLOW_BUILD_TARGET", "lambda")
    if len(arguments) > 1 or target not in ("lambda", "host"):
        print("usage: [BOOKFLOW_BUILD_TARGET=lambda|host] build.py [DIRECTORY]", file=sys.stderr)
        return 2
    root = Path(os.environ.get("BOOKFLOW_ROOT", HERE.parent.parent))
    compiler = Path(sys.executable) if target == "host" else runtime_python(root)
    try:
        installed = dependencies(root, target, compiler)
    except subprocess.CalledProcessError:
        print(
            f"Could not install {REQUIREMENTS.name} for target {target}. The reason is above; "
            "check that a package index can be reached, then build again.",
            file=sys.stderr,
        )
        return 1
    if not arguments:
        return 0
    output = Path(arguments[0]) / "python"
    shutil.copytree(installed, output, dirs_exist_ok=True)
    package = output / "bookflow"
    shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__"))
    if compiler is not None:
        store_bytecode(compiler, package, f"{LAYER_FOLDER}/{package.name}")
    size = megabytes(output)
    print(
        f"Layer for {target}: {size:.0f} MB unzipped, {'with bytecode' if compiler else WITHOUT}."
    )
    if size > LARGEST_LAYER_MB:
        print(f"AWS takes {LARGEST_LAYER_MB} MB at most: drop a dependency.", file=sys.stderr)
        return 1
    return 0


def dependencies(root: Path, target: str, compiler: Path | None) -> Path:
    """Return a folder with the installed dependencies, installing them if it is not there yet."""
    cache = root / ".local" / "layer"
    folder = cache / f"{target}-{fingerprint(target, compiler)}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    # Filled under another name and renamed whole: an interrupted build leaves no half cache.
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        filling = Path(scratch) / "python"
        install(filling, target, root)
        for name in UNUSED:
            shutil.rmtree(filling / name, ignore_errors=True)
        if compiler is not None:
            store_bytecode(compiler, filling, LAYER_FOLDER)
        if not folder.is_dir():
            filling.rename(folder)
    return folder


def fingerprint(target: str, compiler: Path | None) -> str:
    """Return a digest of all that decides what the folder holds."""
    sources = (REQUIREMENTS, Path(__file__), HERE / "bytecode.py")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources))
    digest.update(b"with bytecode" if compiler else b"without")
    if target == "host":
        digest.update(f"{platform.python_version()} {platform.platform()}".encode())
    return digest.hexdigest()[:16]


def install(folder: Path, target: str, root: Path) -> None:
    """Put exactly the pinned wheels into the folder."""
    # The layer's own folder may be a copy that SAM made: the repository has the installer.
    sys.path.insert(0, str(root))
    from scripts.packages import Platform, install_into

    aws = Platform(LAMBDA_PYTHON, UV_PLATFORM, PIP_PLATFORMS)
    install_into(folder, REQUIREMENTS, root, aws if target == "lambda" else None)


def megabytes(folder: Path) -> float:
    """Return the size of all files in the folder, in MB of a million bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
