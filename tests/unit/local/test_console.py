"""Progress and failures of the local run, as they are printed."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.console import Console, ExitCode, LocalError, keep_loopback_direct, run_command
from local.paths import LocalPaths


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Hear Ctrl-C, as children then do: a shell lets what it starts in the background ignore it."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_progress_lines_carry_the_elapsed_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, clock)
    clock.now += 3.25
    with console.step("deploying"):
        clock.now += 1.5
    assert stream.getvalue() == ("[   3.2 s] deploying ...\n[   4.8 s] deploying: done in 1.5 s\n")


def test_a_failure_says_what_failed_the_detail_and_what_to_do() -> None:
    error = LocalError("It broke.", "Fix it.", detail="one\ntwo")
    assert error.render().splitlines() == [
        "FAILED  It broke.",
        "        | one",
        "        | two",
        "TO DO   Fix it.",
    ]


def test_a_quiet_console_still_prints_failures() -> None:
    stream = io.StringIO()
    console = Console(stream, quiet=True)
    console.say("progress")
    console.fail(LocalError("It broke.", "Fix it."))
    assert stream.getvalue() == "FAILED  It broke.\nTO DO   Fix it.\n"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (None, ExitCode.OK),
        (LocalError("x", "y"), ExitCode.SETUP),
        (LocalError("x", "y", exit_code=ExitCode.FAILED), ExitCode.FAILED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
)
def test_a_command_ends_with_the_code_of_its_outcome(
    outcome: BaseException | None, code: ExitCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)

    def command() -> None:
        if outcome is not None:
            raise outcome

    assert run_command(command, Console(io.StringIO())) == code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_under_make_a_signal_is_no_error(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKELEVEL", "1")
    assert run_command(lambda: signal.raise_signal(number), Console(io.StringIO())) == 0


def test_make_prints_no_error_when_a_command_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {sys.executable} stopped.py\n")
    (tmp_path / "stopped.py").write_text(
        "import os, signal, time\n"
        "from pathlib import Path\n"
        "from local.console import run_command\n"
        "def wait():\n"
        "    Path('pid').write_text(str(os.getpid()))\n"
        "    time.sleep(30)\n"
        "raise SystemExit(run_command(wait))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
    process = subprocess.Popen(
        ["make", "run"],  # noqa: S607 - the project's own way in
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(LocalPaths.of().root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    # As a terminal does it: to make and to all that it runs.
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert "***" not in output
    assert "stopped" in output
    assert process.returncode in (0, 130, -signal.SIGINT)


def test_no_proxy_stands_between_programs_of_this_machine() -> None:
    environment = {"HTTP_PROXY": "http://proxy:3128", "no_proxy": "intra.example.com,localhost"}
    keep_loopback_direct(environment)
    assert environment["no_proxy"] == "intra.example.com,localhost,127.0.0.1"
    assert environment["NO_PROXY"] == "127.0.0.1,localhost"
