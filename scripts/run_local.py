"""Runs a command of `local/` once all that it needs is installed and built.

Usage: python -m scripts.run_local local.run ARGUMENTS...

What is missing is installed side by side: three environments, the dashboard, the layer's packages.
Each says when it is ready. While all is current, the command starts at once. Needs nothing but the
standard library and, for the dashboard, Node; that is asked for before anything begins.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from scripts.build_dashboard import DASHBOARD, OLDEST_NODE, is_built
from scripts.packages import is_current

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
RUN_VENV = LOCAL / "venvs" / "run"
ENVIRONMENTS = {"run": "the product's packages", "emulator": "the emulator", "sam": "the SAM CLI"}
SETUP_FAILED = 3
"""As `ExitCode.SETUP` of `local/console.py`, which needs the packages that are not there yet."""

EXPECTED_SECONDS = 60
"""A first start on two cores; see docs/performance.md."""


@dataclass
class Part:
    """Something that has to be made ready, in a process of its own.

    Attributes:
        name: How people call it.
        command: What makes it ready.
        log: All that the command writes.
    """

    name: str
    command: Sequence[str]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _output: IO[bytes] | None = field(default=None, repr=False)

    def begin(self) -> None:
        """Start making it ready."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._output = self.log.open("wb")
        self._process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def code(self) -> int | None:
        """Return the exit code; None while it goes on."""
        return None if self._process is None else self._process.poll()

    def end(self) -> None:
        """End it with all that it started; one that has ended stays so."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._output is not None:
            self._output.close()


def missing_parts() -> list[Part]:
    """Return what is not there yet, or is of other sources."""
    python = [sys.executable, "-B"]
    parts = [
        Part(
            title,
            [*python, "-m", "scripts.ensure_venv", str(venv), str(requirements)],
            LOCAL / f"venv-{name}.log",
        )
        for name, title in ENVIRONMENTS.items()
        for venv, requirements in [_environment(name)]
        if not is_current(venv, requirements)
    ]
    if parts:
        build = ["env", "BOOKFLOW_BUILD_TARGET=host", *python, "layers/bookflow/build.py"]
        parts.append(Part("the layer's packages", build, LOCAL / "layer.log"))
    if not is_built():
        dashboard = [*python, "scripts/build_dashboard.py", "build"]
        parts.append(Part("the dashboard", dashboard, LOCAL / "dashboard.log"))
    return parts


def make_ready(parts: Sequence[Part], signals: Sequence[int] = ()) -> int:
    """Make all parts ready at once and say how they go; return 0, or the code of a failed set-up.

    Args:
        parts: What is missing.
        signals: Gets each signal that asks it to end, as it comes.
    """
    began = time.monotonic()
    names = ", ".join(part.name for part in parts)
    _say(began, f"making ready: {names}; a first start takes about {EXPECTED_SECONDS} s ...")
    try:
        for part in parts:
            part.begin()
        going = list(parts)
        while going:
            if signals:
                print("stopped", file=sys.stderr)
                # make ends by the signal itself, and would call another code an error.
                return 0 if "MAKELEVEL" in os.environ else 128 + signal.SIGINT
            for part in [each for each in going if each.code() is not None]:
                going.remove(part)
                if part.code():
                    _report(part)
                    return SETUP_FAILED
                left = f"; {len(going)} to go" if going else ""
                _say(began, f"{part.name}: ready{left}")
            time.sleep(0.05)
        return 0
    finally:
        for part in parts:
            part.end()


def _environment(name: str) -> tuple[Path, Path]:
    return LOCAL / "venvs" / name, ROOT / "requirements" / f"{name}.txt"


def _say(began: float, message: str) -> None:
    print(f"[{time.monotonic() - began:6.1f} s] {message}", file=sys.stderr, flush=True)


def _report(part: Part) -> None:
    """Say what failed and what to do, in the form of `local/console.py`."""
    said = part.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    lines = [f"FAILED  {part.name} could not be made ready."]
    lines += [f"        | {line}" for line in said]
    lines.append(
        "TO DO   Fix what the last line says, then run the same command again. The whole output: "
        f"{part.log.relative_to(ROOT)}"
    )
    print("\n".join(lines), file=sys.stderr)


def node_problem() -> str:
    """Return why Node cannot build the dashboard; nothing if it can, or need not."""
    if is_built() or (DASHBOARD / "dist" / "index.html").is_file():
        return ""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "Node with npm was not found, and the dashboard is not built yet."
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    if version < tuple(int(part) for part in OLDEST_NODE.split(".")):
        return f"Node is {said.strip() or 'broken'}, which cannot build the dashboard."
    return ""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code is the command's, or that of the set-up."""
    problem = node_problem()
    if problem:
        todo = f"Install Node {OLDEST_NODE} or newer, then run the same command again."
        print(f"FAILED  {problem}\nTO DO   {todo}", file=sys.stderr)
        return SETUP_FAILED
    parts = missing_parts()
    if parts:
        # Noted only: an exception in the middle of starting a process would lose track of it.
        signals: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda came, _frame: signals.append(came))
        code = make_ready(parts, signals)
        if code or signals:
            return code
    python = str(RUN_VENV / "bin" / "python")
    os.execv(python, [python, "-m", *arguments])  # noqa: S606 - in this process, which gets the signals


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
