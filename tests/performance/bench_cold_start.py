"""Measures cold starts: processor time to import a function and make its clients, and its memory.

Each figure is the least of several starts, each in a process of its own; what is compared takes turns,
so that other work on the machine disturbs all alike.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.runtime_packages import RUNTIME_PACKAGES
from tests.performance.rows import Row

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "bookflow"
FUNCTIONS = ROOT / "functions"
CHILD = Path(__file__).with_name("starting_function.py")
REPEATS = 9
MB_OF_A_PROCESSOR = 1769
"""Memory at which a function has one processor (Lambda guide, "Configure Lambda function memory")."""

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "BOOKFLOW_TABLE": "table",
    "BOOKFLOW_IDEMPOTENCY_TABLE": "effects",
    "BOOKFLOW_EVENT_BUS": "bus",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}
"""What template.yaml sets for every function, as far as a start reads it."""


@dataclass(frozen=True)
class Start:
    """What one start took: processor time in seconds, memory in MB."""

    seconds: float
    memory: float


@dataclass(frozen=True)
class Built:
    """The layer for a Python of this machine, with bytecode and without, and the runtime's boto3."""

    python: Path
    version: str
    folders: Mapping[str, Path]
    runtime: Path

    def start(self, what: str, form: str, function: Path) -> Start:
        """Start something in a process of its own."""
        command = [self.python, "-I", "-S", CHILD, what, function, self.folders[form], self.runtime]
        done = subprocess.run(
            command, env=ENVIRONMENT, capture_output=True, text=True, check=True
        ).stdout.split()
        return Start(float(done[0]), float(done[1]))


def rows() -> list[Row]:
    """Return the measurements, for this Python and, where it is found, the runtime's own."""
    sys.path.insert(0, str(LAYER))
    bytecode = importlib.import_module("bytecode")
    pythons = dict.fromkeys([Path(sys.executable), bytecode.runtime_python(ROOT)])
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bookflow-bench-") as folder:
        for number, python in enumerate(each for each in pythons if each is not None):
            built = _built(python, Path(folder) / str(number), bytecode)
            found += _compared(built)
            last = built
        found += _function_rows(last)
    return found


def _built(python: Path, folder: Path, bytecode: object) -> Built:
    environment = {**os.environ, "BOOKFLOW_BUILD_TARGET": "host", "BOOKFLOW_ROOT": str(ROOT)}
    build = [python, "-B", LAYER / "build.py", folder / "with"]
    subprocess.run(build, env=environment, check=True, stdout=subprocess.DEVNULL)
    caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(folder / "with", folder / "without", ignore=caches)
    runtime = folder / "runtime"
    runtime.mkdir()
    installed = Path(sysconfig.get_path("purelib"))
    for name in RUNTIME_PACKAGES:
        source = installed / name
        if source.is_dir():
            shutil.copytree(source, runtime / name, ignore=caches)
        elif source.exists():
            shutil.copy(source, runtime)
    # AWS's own part has its bytecode in each case.
    bytecode.store_bytecode(python, runtime, str(runtime))  # type: ignore[attr-defined]
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    forms = {"with bytecode": folder / "with", "without": folder / "without"}
    folders = {form: path / "python" for form, path in forms.items()}
    return Built(python, version.stdout.strip(), folders, runtime)


def _compared(built: Built) -> Iterator[Row]:
    cases = [
        (what, form)
        for form in ("with bytecode", "without")
        for what in ("lean", "dispatcher", "naive")
    ]
    starts: dict[tuple[str, str], list[Start]] = {case: [] for case in cases}
    for _ in range(REPEATS):
        for what, form in cases:
            starts[what, form].append(built.start(what, form, FUNCTIONS / "dispatcher"))
    least = {case: min(start.seconds for start in taken) for case, taken in starts.items()}
    for what, form in cases:
        ratio = least[what, form] / least["lean", form]
        yield Row(
            "cold start",
            f"{what}, Python {built.version}, {form}",
            round(least[what, form] * 1000),
            "ms CPU",
            f"{ratio:.2f} of lean",
        )


def _function_rows(built: Built) -> Iterator[Row]:
    for path in sorted(FUNCTIONS.glob("*/app.py")):
        name = path.parent.name
        if name == "dashboard":
            continue  # files in memory, which its build puts there
        taken = [built.start("import", "with bytecode", path.parent) for _ in range(3)]
        seconds = min(start.seconds for start in taken)
        yield Row(
            "start of a function",
            f"{name}, Python {built.version}",
            round(seconds * 1000),
            "ms CPU",
            f"{taken[0].memory:.0f} MB; {_at_sizes(seconds, (256, 512, 1024))}",
        )


def _at_sizes(seconds: float, sizes: Sequence[int]) -> str:
    """Say how long it takes at sizes of memory, by their shares of a processor."""
    shares = (f"{seconds * MB_OF_A_PROCESSOR / size:.1f} s at {size} MB" for size in sizes)
    return ", ".join(shares)
