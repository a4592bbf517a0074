"""Waiting and stopping in the local stack."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.console import ExitCode, LocalError
from local.processes import run_tool
from local.signals import stopping_on_signals, uninterrupted
from local.stack import wait_until


def test_waiting_gives_the_first_true_value() -> None:
    answers = iter([None, 0, "", "here"])
    assert wait_until(lambda: next(answers), 5, "the answer", "Look.") == "here"


def test_waiting_too_long_says_what_was_awaited() -> None:
    with pytest.raises(LocalError, match=r"the e-mail: not within 0 s") as caught:
        wait_until(lambda: None, 0, "the e-mail", "Look.")
    assert caught.value.exit_code is ExitCode.FAILED
    assert caught.value.todo == "Look."


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ends_are_as_ctrl_c(number: signal.Signals) -> None:
    former = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), stopping_on_signals():
        signal.raise_signal(number)
    assert signal.getsignal(number) == former


def test_nothing_breaks_off_a_clean_up() -> None:
    former = signal.getsignal(signal.SIGINT)
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == former


def test_a_tool_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    script = "sleep 30 & echo $! > child; wait"
    with pytest.raises(subprocess.TimeoutExpired):
        run_tool(
            ["/bin/sh", "-c", script],
            cwd=tmp_path,
            env=dict(os.environ),
            log=tmp_path / "log",
            limit_seconds=0.5,
        )
    child = int((tmp_path / "child").read_text())
    stat = Path(f"/proc/{child}/stat")
    assert wait_until(lambda: not _is_running(child, stat), 5, "the child's end", "Look.")


def test_a_tools_output_is_kept_in_the_log(tmp_path: Path) -> None:
    finished = run_tool(
        [sys.executable, "-c", "print('hello'); raise SystemExit(4)"],
        cwd=tmp_path,
        env=dict(os.environ),
        log=tmp_path / "log",
        limit_seconds=20,
    )
    assert (finished.code, finished.output) == (4, "hello\n")
    assert "hello" in (tmp_path / "log").read_text()


def _is_running(pid: int, stat: Path) -> bool:
    if stat.exists():
        # A zombie waits for its new parent only; it runs no more.
        return stat.read_text().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
